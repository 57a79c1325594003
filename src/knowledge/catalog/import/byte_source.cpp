#include "knowledge/catalog/import/byte_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"
#include "knowledge/catalog/import/zip.h"

namespace mla::catalog {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(base::Descriptor fd, std::uint64_t size, const std::filesystem::path& path)
      : fd_(std::move(fd)), size_(size), path_(path), name_(path.filename().string()) {
    ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  }

  base::Result<std::size_t> read(std::span<char> buffer) override {
    for (;;) {
      const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return base::system_error(errno, "read", path_);
      consumed_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }
  std::uint64_t consumed() const override { return consumed_; }
  std::uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }

  bool starts_like_gzip() const {
    std::array<unsigned char, 2> magic{};
    return ::pread(fd_.get(), magic.data(), magic.size(), 0) == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
  }

 private:
  base::Descriptor fd_;
  std::uint64_t size_;
  std::uint64_t consumed_ = 0;
  std::filesystem::path path_;
  std::string name_;
};

// One or more gzip members after each other (RFC 1952).
class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> file) : file_(std::move(file)) {}
  ~GzipSource() override {
    if (ready_) ::inflateEnd(&stream_);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  base::Result<std::size_t> read(std::span<char> buffer) override {
    if (!ready_) {
      if (::inflateInit2(&stream_, 15 + 16) != Z_OK) return damaged("no memory to decompress");
      ready_ = true;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(buffer.size(), 1U << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted && !ended_) MLA_CHECK(inflate_some());
    return static_cast<std::size_t>(wanted - stream_.avail_out);
  }
  std::uint64_t consumed() const override { return file_->consumed(); }
  std::uint64_t size() const override { return file_->size(); }
  const std::string& name() const override { return file_->name(); }

 private:
  base::Status inflate_some() {
    if (stream_.avail_in == 0) {
      MLA_ASSIGN(const std::size_t got, file_->read(input_));
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
      stream_.avail_in = static_cast<uInt>(got);
      if (got == 0) {
        if (!between_members_) return damaged("it ends too early: the copy or download was cut off");
        ended_ = true;
        return {};
      }
    }
    between_members_ = false;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      between_members_ = true;
      if (::inflateReset(&stream_) != Z_OK) return damaged("it cannot be read on");
      return {};
    }
    if (code != Z_OK && code != Z_BUF_ERROR) return damaged(stream_.msg == nullptr ? "bad data" : stream_.msg);
    return {};
  }

  base::Error damaged(std::string_view why) const {
    return {base::ErrorCode::kCorrupt, fmt::format("'{}' is a damaged gzip file ({})", name(), why)};
  }

  std::unique_ptr<ByteSource> file_;
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
  bool between_members_ = false;
  std::array<char, 1 << 16> input_;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}
  base::Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = std::min(buffer.size(), bytes_.size() - consumed_);
    if (count > 0) std::memcpy(buffer.data(), bytes_.data() + consumed_, count);
    consumed_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return consumed_; }
  std::uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::string_view bytes_;
  std::string name_;
  std::size_t consumed_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<ByteSource>> open_source(const std::filesystem::path& path) {
  base::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    const int problem = errno;
    if (problem == ENOTDIR) {
      if (const auto inside = split_zip_path(path)) return open_zip_member(inside->first, inside->second);
    }
    return base::system_error(problem, "open", path);
  }
  struct stat info {};
  const bool known = ::fstat(fd.get(), &info) == 0;
  if (known && S_ISDIR(info.st_mode)) {
    return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' is a folder, not a file", path.string())};
  }
  const std::uint64_t size = known && S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
  auto file = std::make_unique<FileSource>(std::move(fd), size, path);
  if (!file->starts_like_gzip()) return std::unique_ptr<ByteSource>(std::move(file));
  return std::unique_ptr<ByteSource>(std::make_unique<GzipSource>(std::move(file)));
}

std::unique_ptr<ByteSource> memory_source(std::string_view bytes, std::string name) {
  return std::make_unique<MemorySource>(bytes, std::move(name));
}

}  // namespace mla::catalog
