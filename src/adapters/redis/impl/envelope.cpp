#include "adapters/redis/impl/envelope.h"

#include <cstdint>

#include <fmt/format.h>
#include <xxhash.h>

namespace mla::redis {
namespace {

constexpr std::size_t kLength = 4;
constexpr std::size_t kHash = 8;

template <std::size_t kBytes>
std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (std::size_t i = 0; i < kBytes; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::string digest(std::string_view bytes) { return little_endian<kHash>(XXH3_64bits(bytes.data(), bytes.size())); }

}  // namespace

std::string wrap(std::string_view key, std::string_view bytes) {
  std::string envelope = little_endian<kLength>(key.size());
  envelope += key;
  envelope += bytes;
  envelope += digest(envelope);
  return envelope;
}

std::optional<std::string_view> unwrap(std::string_view key, std::string_view envelope) {
  if (envelope.size() < kLength + key.size() + kHash) return std::nullopt;
  if (envelope.substr(envelope.size() - kHash) != digest(envelope.substr(0, envelope.size() - kHash)))
    return std::nullopt;
  if (envelope.substr(0, kLength) != little_endian<kLength>(key.size())) return std::nullopt;
  if (envelope.substr(kLength, key.size()) != key) return std::nullopt;
  envelope.remove_prefix(kLength + key.size());
  envelope.remove_suffix(kHash);
  return envelope;
}

std::string hash_of(std::string_view key) {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace mla::redis
