#include "knowledge/catalog/impl/event_identity.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <xxhash.h>

namespace mla::catalog {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

Identity canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Identity identity;
  std::memcpy(identity.data(), bytes.digest, identity.size());
  return identity;
}

std::optional<Identity> from_hex(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  Identity identity;
  for (std::size_t i = 0; i < identity.size(); ++i) {
    const std::size_t high = kDigits.find(text[2 * i]);
    const std::size_t low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    identity[i] = static_cast<std::byte>(high << 4 | low);
  }
  return identity;
}

// Collects fixed-width little-endian numbers and length-prefixed text: no two contents give the same bytes.
class Message {
 public:
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) put(static_cast<char>(value >> shift));
  }
  void text(std::string_view value) {
    number(value.size());
    for (const char c : value) put(c);
  }
  XXH128_hash_t hash() const { return XXH3_128bits(bytes_.data(), size_); }

 private:
  void put(char c) { bytes_[size_++] = c; }
  std::array<char, 3 * (kMaxIdBytes + 8) + 16> bytes_;
  std::size_t size_ = 0;
};

}  // namespace

Identity identity_of(const base::EventId& given) {
  if (const auto identity = from_hex(given.str())) return *identity;
  return canonical(XXH3_128bits(given.str().data(), given.str().size()));
}

Identity content_identity(const Event& event, std::string_view source) {
  Message message;
  message.text(source.substr(0, kMaxIdBytes));
  message.text(event.user.str());
  message.text(event.item.str());
  message.number(static_cast<std::uint64_t>(event.time.value_or(-1)));
  message.number(static_cast<std::uint64_t>(event.type));
  return canonical(message.hash());
}

Identity with_ordinal(const Identity& content, std::uint32_t ordinal) {
  if (ordinal == 0) return content;
  return canonical(XXH3_128bits_withSeed(content.data(), content.size(), ordinal));
}

std::string to_hex(std::string_view identity_bytes) {
  std::string text(identity_bytes.size() * 2, '0');
  for (std::size_t i = 0; i < identity_bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(identity_bytes[i]);
    text[2 * i] = kDigits[byte >> 4];
    text[2 * i + 1] = kDigits[byte & 15];
  }
  return text;
}

}  // namespace mla::catalog
