#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::base {

// The Error of a failed system call: `errno_value` mapped to a code, "cannot <what> '<path>': <reason>".
Error system_error(int errno_value, std::string_view what, const std::filesystem::path& path);

// The whole file; kTooLarge if it has more than `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit);

// Appends all bytes to an open file and waits until they are on the disk; `path` is for the message.
Status write_durably(int fd, std::string_view bytes, const std::filesystem::path& path);

// Replaces the file so that a reader or a crash sees the old or the new bytes, never a part: temporary file beside it,
// fsync, rename, fsync of the folder.
Status write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

// Makes a rename or a new file in `folder` durable.
Status sync_folder(const std::filesystem::path& folder);

// A file mapped for reading. The bytes stay valid as long as the object lives, also after the file is unlinked.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace mla::base
