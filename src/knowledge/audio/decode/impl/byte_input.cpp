#include "knowledge/audio/decode/impl/byte_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include <unistd.h>

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

namespace mla::audio {
namespace {

constexpr int kBufferBytes = 64 << 10;

class DescriptorInput final : public ByteInput {
 public:
  DescriptorInput(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  std::int64_t read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= size_) return 0;  // what was appended since is not ours
    const std::size_t wanted = std::min<std::uint64_t>(out.size(), size_ - offset);
    for (;;) {
      const ::ssize_t got = ::pread(descriptor_, out.data(), wanted, static_cast<::off_t>(offset));
      if (got >= 0) return got;
      if (errno != EINTR) return -errno;
    }
  }
  std::uint64_t size() const override { return size_; }

 private:
  int descriptor_;
  std::uint64_t size_;
};

class MemoryInput final : public ByteInput {
 public:
  explicit MemoryInput(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::int64_t read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::uint64_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return static_cast<std::int64_t>(count);
  }
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace

std::unique_ptr<ByteInput> descriptor_input(int descriptor, std::uint64_t size) {
  return std::make_unique<DescriptorInput>(descriptor, size);
}

std::unique_ptr<ByteInput> memory_input(std::span<const std::byte> bytes) {
  return std::make_unique<MemoryInput>(bytes);
}

AvioInput::AvioInput(std::unique_ptr<ByteInput> bytes) : bytes_(std::move(bytes)) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  context_ = avio_alloc_context(buffer, kBufferBytes, /*write_flag=*/0, this, on_read, nullptr, on_seek);
  if (context_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

AvioInput::~AvioInput() {
  av_freep(&context_->buffer);  // libav may have replaced ours
  avio_context_free(&context_);
}

int AvioInput::on_read(void* self, std::uint8_t* buffer, int size) {
  auto& input = *static_cast<AvioInput*>(self);
  if (size <= 0) return AVERROR(EINVAL);
  const std::int64_t got = input.bytes_->read(input.position_, {buffer, static_cast<std::size_t>(size)});
  if (got == 0) return AVERROR_EOF;
  if (got < 0) {
    input.read_error_ = static_cast<int>(-got);
    return AVERROR(input.read_error_);
  }
  input.position_ += static_cast<std::uint64_t>(got);
  return static_cast<int>(got);
}

std::int64_t AvioInput::on_seek(void* self, std::int64_t offset, int whence) {
  auto& input = *static_cast<AvioInput*>(self);
  const auto size = static_cast<std::int64_t>(input.bytes_->size());
  std::int64_t base = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = static_cast<std::int64_t>(input.position_);
      break;
    case SEEK_END:
      base = size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  std::int64_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return AVERROR(EINVAL);
  input.position_ = static_cast<std::uint64_t>(target);
  return target;
}

}  // namespace mla::audio
