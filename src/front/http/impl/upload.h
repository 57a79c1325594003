#pragma once

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/result.h"

// Files that clients send. What they are called is told again and used for nothing else.
namespace mla::http {

// A file name without folders, control characters and NUL, of at most 255 bytes, with one of the allowed extensions
// (".mp3") and no other known one before it ("song.php.mp3"). kInvalidArgument says what is off.
base::Status check_file_name(std::string_view name, const std::vector<std::string>& allowed);

// A file under a name that nobody can guess, in a folder of ours (made if missing, for its owner alone); removed at the
// end of its life unless kept.
class StoredUpload {
 public:
  static base::Result<StoredUpload> write(const std::filesystem::path& folder, std::string_view content,
                                          std::string_view extension);
  StoredUpload(StoredUpload&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  StoredUpload& operator=(StoredUpload&&) = delete;
  ~StoredUpload();

  const std::filesystem::path& path() const { return path_; }
  // Somebody else removes it.
  void keep() { path_.clear(); }

 private:
  explicit StoredUpload(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;  // empty: not ours any more
};

// Removes the files that StoredUpload wrote to the folder at least an hour before `now` and that nobody awaits; their
// number. `awaited` are names without their extension. What cannot be removed stays.
std::size_t remove_leftovers(const std::filesystem::path& folder, const std::vector<std::string>& awaited,
                             std::filesystem::file_time_type now);

}  // namespace mla::http
