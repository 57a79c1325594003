#include "serving/analysis/listing.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "foundation/base/file.h"
#include "foundation/base/parse.h"

namespace mla::analysis {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 10'000'000;

// True if a link's target lies in `root`, which is canonical.
bool stays_within(const fs::path& link, const fs::path& root) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error) return false;
  return std::mismatch(root.begin(), root.end(), target.begin(), target.end()).first == root.end();
}

// Adds what one folder holds: audio files to `files`, folders to look into to `folders`.
base::Status add_entries(const fs::path& folder, const fs::path& root, std::vector<fs::path>& files,
                         std::vector<fs::path>& folders) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error) return base::system_error(error.value(), "read folder", folder);
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().native().starts_with('.')) continue;
    const bool link = entry->is_symlink(ignored);
    if (!link && entry->is_directory(ignored)) {
      folders.push_back(entry->path());
      continue;
    }
    if (!has_audio_extension(entry->path()) || !entry->is_regular_file(ignored)) continue;
    if (link && !stays_within(entry->path(), root)) continue;
    if (files.size() >= kMaxFiles) return base::Error{base::ErrorCode::kTooLarge, "more than ten million audio files"};
    files.push_back(entry->path());
  }
  if (error) return base::system_error(error.value(), "read folder", folder);
  return {};
}

base::Status add_folder(const fs::path& folder, std::vector<fs::path>& files, std::vector<UnreadFolder>* unread) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return base::system_error(error.value(), "read folder", folder);
  std::vector<fs::path> folders = {folder};
  while (!folders.empty()) {
    const fs::path next = std::move(folders.back());
    folders.pop_back();
    const base::Status status = add_entries(next, root, files, folders);
    if (status.ok()) continue;
    if (unread == nullptr || next == folder || status.error().code == base::ErrorCode::kTooLarge) return status;
    unread->push_back({next, status.error()});
  }
  return {};
}

}  // namespace

bool has_audio_extension(const fs::path& path) {
  static constexpr std::array<std::string_view, 22> kExtensions = {
      ".mp3", ".mp2", ".flac", ".wav",  ".w64", ".ogg", ".oga", ".opus", ".m4a",  ".m4b", ".mp4",
      ".aac", ".aif", ".aiff", ".aifc", ".au",  ".caf", ".wma", ".mka",  ".webm", ".wv",  ".tta"};
  const std::string extension = base::to_lower(path.extension().string());
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

base::Result<std::vector<fs::path>> list_audio_files(const std::vector<std::string>& paths,
                                                     std::vector<UnreadFolder>* unread) {
  std::vector<fs::path> all;
  std::unordered_set<std::string> seen;
  for (const std::string& path : paths) {
    std::vector<fs::path> files;
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      MLA_CHECK(add_folder(path, files, unread));
      std::sort(files.begin(), files.end());
    } else {
      files.emplace_back(path);
    }
    for (fs::path& file : files) {
      if (seen.insert(file.string()).second) all.push_back(std::move(file));
    }
  }
  return all;
}

}  // namespace mla::analysis
