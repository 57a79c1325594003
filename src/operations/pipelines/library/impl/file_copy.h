#pragma once

#include <filesystem>

#include <sys/stat.h>

#include "foundation/base/result.h"

namespace mla::pipelines {

// A copy of a file beside it that takes the file's place, or goes away.
class FileCopy {
 public:
  // Copies bytes (sharing blocks where the filesystem can), owner, mode and extended attributes. The copy's name begins
  // with a dot, so that a scan passes it by, and keeps the extension. Errors: kNotFound, kPermission, kDiskFull, kIo;
  // kInvalidArgument for what is no regular file, or has several names (hard links): one would keep the old bytes.
  static base::Result<FileCopy> make(const std::filesystem::path& original);
  FileCopy(FileCopy&& other) noexcept;
  FileCopy& operator=(FileCopy&&) = delete;
  ~FileCopy();

  const std::filesystem::path& path() const { return path_; }

  // Makes the copy durable and puts it in the original's place. Errors: kIo, kDiskFull; kBusy if the original is not as
  // it was when the copy was made.
  base::Status replace_original(bool keep_time);

 private:
  FileCopy(std::filesystem::path original, std::filesystem::path path, const struct stat& about)
      : original_(std::move(original)), path_(std::move(path)), about_(about) {}

  std::filesystem::path original_;
  std::filesystem::path path_;  // empty once it is no longer there
  struct stat about_;           // of the original
};

}  // namespace mla::pipelines
