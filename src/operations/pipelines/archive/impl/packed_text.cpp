#include "operations/pipelines/archive/impl/packed_text.h"

#include <cstdint>
#include <stdexcept>

#include <zlib.h>

namespace mla::pipelines {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr int kBitsOfByte = 8;

}  // namespace

std::string pack(std::string_view text) {
  if (text.size() > kMostUnpacked) throw std::logic_error("a text is too long to be packed");
  std::string packed;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    packed += static_cast<char>(static_cast<std::uint32_t>(text.size()) >> (i * kBitsOfByte));
  uLongf size = ::compressBound(static_cast<uLong>(text.size()));
  packed.resize(kLengthBytes + size);
  if (::compress(reinterpret_cast<Bytef*>(packed.data() + kLengthBytes), &size,
                 reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size())) != Z_OK)
    throw std::bad_alloc();
  packed.resize(kLengthBytes + size);
  return packed;
}

base::Result<std::string> unpack(std::span<const std::byte> packed) {
  const base::Error torn{base::ErrorCode::kCorrupt, "its packed bytes are damaged: restore a backup"};
  if (packed.size() < kLengthBytes) return torn;
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length |= std::to_integer<std::uint32_t>(packed[i]) << (i * kBitsOfByte);
  if (length > kMostUnpacked) return torn;
  std::string text(length, '\0');
  uLongf size = length;
  const std::span<const std::byte> stream = packed.subspan(kLengthBytes);
  const int result = ::uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                  reinterpret_cast<const Bytef*>(stream.data()), static_cast<uLong>(stream.size()));
  if (result != Z_OK || size != length) return torn;
  return text;
}

}  // namespace mla::pipelines
