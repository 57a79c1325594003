#include "operations/pipelines/library/impl/bounded_stream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/file.h"

namespace mla::pipelines {

base::Result<BoundedStream> BoundedStream::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe with the name of a song does not hold up the scan.
  base::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return base::system_error(errno, "open", path);
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) return base::system_error(errno, "read", path);
  if (about.st_size == 0) return base::Error{base::ErrorCode::kCorrupt, fmt::format("'{}' is empty", path.string())};
  return BoundedStream(std::move(fd), static_cast<long>(about.st_size), path);
}

BoundedStream::BoundedStream(base::Descriptor fd, long size, std::filesystem::path path)
    : fd_(std::move(fd)), size_(size), path_(std::move(path)) {}

// TagLib's base has neither copy nor move, and nothing to move.
BoundedStream::BoundedStream(BoundedStream&& other) noexcept
    : fd_(std::move(other.fd_)),
      size_(other.size_),
      at_(other.at_),
      left_(other.left_),
      path_(std::move(other.path_)) {}

TagLib::ByteVector BoundedStream::readBlock(unsigned long length) {
  if (at_ < 0 || at_ >= size_) return {};
  const std::uint64_t count = std::min({std::uint64_t{length}, static_cast<std::uint64_t>(size_ - at_), left_});
  TagLib::ByteVector data(static_cast<unsigned int>(count), '\0');
  std::uint64_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(fd_.get(), data.data() + done, count - done, at_ + static_cast<long>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::uint64_t>(got);
  }
  data.resize(static_cast<unsigned int>(done));
  at_ += static_cast<long>(done);
  left_ -= done;
  return data;
}

void BoundedStream::seek(long offset, Position from) {
  const long base = from == Beginning ? 0 : from == Current ? at_ : size_;
  at_ = std::max(0L, base + offset);
}

// TagLib does not write to what is readOnly().
void BoundedStream::writeBlock(const TagLib::ByteVector& /*data*/) {}
void BoundedStream::insert(const TagLib::ByteVector& /*data*/, unsigned long /*start*/, unsigned long /*replace*/) {}
void BoundedStream::removeBlock(unsigned long /*start*/, unsigned long /*length*/) {}
void BoundedStream::truncate(long /*length*/) {}

}  // namespace mla::pipelines
