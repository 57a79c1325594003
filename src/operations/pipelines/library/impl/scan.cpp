#include "operations/pipelines/library/impl/scan.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fmt/format.h>
#include <sys/stat.h>

#include "foundation/base/file.h"
#include "operations/pipelines/library/audio_payload.h"
#include "serving/analysis/listing.h"

namespace mla::pipelines {
namespace {

constexpr std::size_t kBatch = 512;  // files between two durable writes

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  constexpr std::int64_t kNanos = 1'000'000'000;
  return FileStamp{about.st_size, about.st_mtim.tv_sec * kNanos + about.st_mtim.tv_nsec};
}

base::Result<LibraryFile> read_file(const SeenFile& seen) {
  LibraryFile file;
  file.path = seen.path;
  file.stamp = seen.stamp;
  MLA_ASSIGN(file.payload, payload_digest(seen.path));
  MLA_ASSIGN(file.tags, read_tags(seen.path));
  return file;
}

// What was known as being at a path.
const LibraryFile* there(std::span<const LibraryFile> known, const std::string& path) {
  const auto found = std::lower_bound(known.begin(), known.end(), path,
                                      [](const LibraryFile& file, const std::string& p) { return file.path < p; });
  return found != known.end() && found->path == path && !found->gone ? &*found : nullptr;
}

}  // namespace

base::Status Scan::run(const std::string& root) {
  std::vector<std::filesystem::path> unread;
  work_.progress.begin("looking through " + root, 0);
  MLA_ASSIGN(const std::vector<SeenFile> seen, list(root, unread));
  MLA_CHECK(files_.for_each(root == "/" ? "" : root, false, [&](LibraryFile file) -> base::Status {
    known_.push_back(std::move(file));
    return {};
  }));
  const ScanPlan plan = plan_scan(seen, known_, unread);
  unchanged_ = plan.unchanged;
  MLA_CHECK(bring_back(plan.returned));
  work_.progress.begin("reading tags", plan.read.size());
  for (std::size_t begin = 0; begin < plan.read.size(); begin += kBatch) {
    MLA_CHECK(work_.check());
    MLA_CHECK(read(std::span(plan.read).subspan(begin, std::min(kBatch, plan.read.size() - begin))));
  }
  return let_go(plan.missing);
}

base::Result<std::vector<SeenFile>> Scan::list(const std::string& root, std::vector<std::filesystem::path>& unread) {
  std::vector<analysis::UnreadFolder> folders;
  MLA_ASSIGN(const std::vector<std::filesystem::path> paths, analysis::list_audio_files({root}, &folders));
  for (const analysis::UnreadFolder& folder : folders) {
    rejects_.add(0, folder.error.message, folder.path.string());
    unread.push_back(folder.path);
  }
  std::vector<SeenFile> seen;
  seen.reserve(paths.size());
  for (const std::filesystem::path& path : paths) {
    if (const auto stamp = stamp_of(path.native())) seen.push_back({path.native(), *stamp});
  }
  std::sort(seen.begin(), seen.end(), [](const SeenFile& a, const SeenFile& b) { return a.path < b.path; });
  return seen;
}

base::Status Scan::bring_back(std::span<const LibraryFile> returned) {
  std::vector<LibraryFile> back(returned.begin(), returned.end());
  for (LibraryFile& file : back) file.gone.reset();
  returned_ = back.size();
  MLA_CHECK(set_paths(back));
  return files_.put(back);
}

base::Status Scan::read(std::span<const SeenFile> seen) {
  MLA_CHECK(settle(read_files(seen)));
  work_.progress.advance(seen.size());
  return {};
}

std::vector<std::optional<LibraryFile>> Scan::read_files(std::span<const SeenFile> seen) {
  std::vector<std::optional<base::Result<LibraryFile>>> results(seen.size());
  work_.pool.parallel_for(seen.size(), 1, [&](std::size_t begin, std::size_t end, int /*worker*/) {
    for (std::size_t i = begin; i < end; ++i) results[i].emplace(read_file(seen[i]));
  });
  std::vector<std::optional<LibraryFile>> files(seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (results[i]->ok()) {
      files[i] = std::move(*results[i]).value();
    } else if (results[i]->error().code != base::ErrorCode::kNotFound) {  // it vanished: the next scan knows
      rejects_.add(0, results[i]->error().message, seen[i].path);
    }
  }
  return files;
}

base::Status Scan::settle(std::vector<std::optional<LibraryFile>> read) {
  std::vector<LibraryFile> rows;
  std::vector<LibraryFile> replaced;
  std::vector<catalog::Item> items;
  for (std::optional<LibraryFile>& file : read) {
    if (!file) continue;
    const LibraryFile* before = there(known_, file->path);
    MLA_ASSIGN(const Identifier::Identity identity, identifier_.identify(*file, before));
    file->item = identity.item;
    if (identity.origin == Origin::kMoved) ++moved_;
    if (before != nullptr && before->item != file->item) replaced.push_back(*before);
    items.push_back(to_item(file->item, file->path, file->tags));
    if (base::Status status = catalog::check(items.back()); !status.ok()) {
      rejects_.add(0, status.error().message, file->path);
      items.pop_back();
      continue;
    }
    rows.push_back(std::move(*file));
  }
  // What lay at a path that another recording has now: gone, unless it is one of those that were just found elsewhere.
  std::erase_if(replaced, [&](const LibraryFile& old) {
    return std::any_of(rows.begin(), rows.end(), [&](const LibraryFile& row) { return row.item == old.item; });
  });
  MLA_CHECK(let_go(replaced));
  MLA_ASSIGN(const catalog::WriteCounts counts, catalog_.put_items(items));
  report_.items.added += counts.added;
  report_.items.updated += counts.updated;
  report_.items.unchanged += counts.unchanged;
  return files_.put(rows);
}

base::Status Scan::let_go(std::span<const LibraryFile> missing) {
  std::vector<LibraryFile> gone;
  for (const LibraryFile& file : missing) {
    // One that was read under another path is not gone; its row says so already.
    MLA_ASSIGN(std::optional<LibraryFile> now, files_.find(file.item));
    if (!now || now->path != file.path || now->gone) continue;
    gone.push_back(*std::move(now));
    gone.back().gone = base::SystemClock().now();
  }
  gone_ += gone.size();
  MLA_CHECK(set_paths(gone));
  return files_.put(gone);
}

base::Status Scan::set_paths(std::span<const LibraryFile> files) {
  std::vector<base::ItemId> ids;
  for (const LibraryFile& file : files) ids.push_back(file.item);
  MLA_ASSIGN(const std::vector<std::optional<catalog::Item>> found, catalog_.find_items(ids));
  std::vector<catalog::Item> items;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!found[i]) continue;  // somebody removed it from the catalogue
    items.push_back(*found[i]);
    items.back().path = files[i].gone ? "" : catalog_path(files[i].path);
  }
  MLA_CHECK(catalog_.put_items(items));
  return {};
}

catalog::ImportReport Scan::report() const {
  catalog::ImportReport report = report_;
  report.items.unchanged += static_cast<std::int64_t>(unchanged_);
  const auto say = [&](std::size_t count, std::string_view what) {
    if (count > 0) report.notes.push_back(fmt::format("{} {}", count, what));
  };
  say(moved_, "files were moved or renamed, and are what they were");
  say(returned_, "files are there again");
  say(gone_, "files are not there any more: marked, their tracks and history stay");
  return report;
}

}  // namespace mla::pipelines
