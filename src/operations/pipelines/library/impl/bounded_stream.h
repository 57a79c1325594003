#pragma once

#include <cstdint>
#include <filesystem>

#include <tiostream.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/result.h"

namespace mla::pipelines {

// A file for TagLib that can only be read, and of which no more than a fixed number of bytes are ever read: a picture
// of two gigabytes, or a search for a frame that never comes, ends there as if the file did. Not thread-safe.
class BoundedStream final : public TagLib::IOStream {
 public:
  static constexpr std::uint64_t kLimit = 64 << 20;

  // Errors: kNotFound, kPermission, kIo; kCorrupt for an empty file.
  static base::Result<BoundedStream> open(const std::filesystem::path& path);
  BoundedStream(BoundedStream&& other) noexcept;

  TagLib::FileName name() const override { return path_.c_str(); }
  TagLib::ByteVector readBlock(unsigned long length) override;
  void writeBlock(const TagLib::ByteVector& data) override;
  void insert(const TagLib::ByteVector& data, unsigned long start, unsigned long replace) override;
  void removeBlock(unsigned long start, unsigned long length) override;
  bool readOnly() const override { return true; }
  bool isOpen() const override { return fd_.get() >= 0; }
  void seek(long offset, Position from) override;
  void clear() override {}
  long tell() const override { return at_; }
  long length() override { return size_; }
  void truncate(long length) override;
  // True once something was kept back.
  bool exhausted() const { return left_ == 0; }

 private:
  BoundedStream(base::Descriptor fd, long size, std::filesystem::path path);

  base::Descriptor fd_;
  long size_;
  long at_ = 0;
  std::uint64_t left_ = kLimit;
  std::filesystem::path path_;
};

}  // namespace mla::pipelines
