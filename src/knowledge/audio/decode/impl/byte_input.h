#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct AVIOContext;

namespace mla::audio {

// Bytes for libav: reads and seeks within a range that is fixed when it is made.
class ByteInput {
 public:
  virtual ~ByteInput() = default;
  // Reads at `offset` into `out`; the number of bytes, 0 at the end, -errno on failure.
  virtual std::int64_t read(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
  virtual std::uint64_t size() const = 0;
};

std::unique_ptr<ByteInput> descriptor_input(int descriptor, std::uint64_t size);
std::unique_ptr<ByteInput> memory_input(std::span<const std::byte> bytes);

// libav's view of an input: a context to give to a demuxer, and the error that a read met.
class AvioInput {
 public:
  explicit AvioInput(std::unique_ptr<ByteInput> bytes);
  ~AvioInput();
  AvioInput(const AvioInput&) = delete;
  AvioInput& operator=(const AvioInput&) = delete;

  AVIOContext* context() { return context_; }
  std::uint64_t size() const { return bytes_->size(); }
  // The errno of a failed read, 0 if none failed.
  int read_error() const { return read_error_; }

 private:
  static int on_read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t on_seek(void* self, std::int64_t offset, int whence);

  std::unique_ptr<ByteInput> bytes_;
  std::uint64_t position_ = 0;
  int read_error_ = 0;
  AVIOContext* context_ = nullptr;
};

}  // namespace mla::audio
