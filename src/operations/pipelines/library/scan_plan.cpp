#include "operations/pipelines/library/scan_plan.h"

#include <algorithm>

namespace mla::pipelines {
namespace {

bool below_one_of(const std::string& path, std::span<const std::filesystem::path> folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const std::filesystem::path& folder) { return path.starts_with(folder.string() + '/'); });
}

// Decides on one path, of which something is known.
void settle(const SeenFile& seen, std::span<const LibraryFile> known, ScanPlan& plan) {
  const auto as_it_was =
      std::find_if(known.begin(), known.end(), [&](const LibraryFile& file) { return file.stamp == seen.stamp; });
  const bool was_there = !known.empty() && !known.front().gone;
  if (as_it_was != known.end() && !as_it_was->gone) {
    ++plan.unchanged;
  } else if (as_it_was != known.end() && !was_there) {
    plan.returned.push_back(*as_it_was);
  } else {
    plan.read.push_back(seen);
  }
}

}  // namespace

ScanPlan plan_scan(std::span<const SeenFile> seen, std::span<const LibraryFile> known,
                   std::span<const std::filesystem::path> unread) {
  ScanPlan plan;
  std::size_t k = 0;
  const auto pass_missing = [&](const std::string* until) {
    for (; k < known.size() && (until == nullptr || known[k].path < *until); ++k) {
      if (!known[k].gone && !below_one_of(known[k].path, unread)) plan.missing.push_back(known[k]);
    }
  };
  for (const SeenFile& file : seen) {
    pass_missing(&file.path);
    const std::size_t first = k;
    while (k < known.size() && known[k].path == file.path) ++k;
    settle(file, known.subspan(first, k - first), plan);
  }
  pass_missing(nullptr);
  return plan;
}

}  // namespace mla::pipelines
