#include "knowledge/catalog/impl/event_identity.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <xxhash.h>

#include "foundation/base/parse.h"

namespace mla::catalog {
namespace {

Identity canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Identity identity;
  std::memcpy(identity.data(), bytes.digest, identity.size());
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
  Identity identity;
  const auto bytes = given.str().size() == 2 * identity.size() ? base::from_hex(given.str()) : std::nullopt;
  if (!bytes) return canonical(XXH3_128bits(given.str().data(), given.str().size()));
  std::memcpy(identity.data(), bytes->data(), identity.size());
  return identity;
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

}  // namespace mla::catalog
