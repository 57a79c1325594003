#include "adapters/redis/impl/envelope.h"

#include <string>

#include <gtest/gtest.h>

namespace mla::redis {
namespace {

TEST(Envelope, GivesBackWhatWasPutIn) {
  using namespace std::string_literals;
  for (const std::string& key : {""s, "key"s, "with\0zero"s}) {
    for (const std::string& bytes : {""s, "bytes"s, "\xff\0\x01"s}) EXPECT_EQ(unwrap(key, wrap(key, bytes)), bytes);
  }
}

TEST(Envelope, IsOfOneKeyAlone) {
  const std::string envelope = wrap("key", "bytes");
  EXPECT_FALSE(unwrap("kez", envelope));
  EXPECT_FALSE(unwrap("keyb", envelope)) << "no key may run into the bytes";
  EXPECT_FALSE(unwrap("ke", envelope));
  EXPECT_FALSE(unwrap("", envelope));
}

TEST(Envelope, APieceOrAChangeOfItIsRefused) {
  const std::string envelope = wrap("key", "bytes");
  for (std::size_t size = 0; size < envelope.size(); ++size) EXPECT_FALSE(unwrap("key", envelope.substr(0, size)));
  EXPECT_FALSE(unwrap("key", envelope + "x"));
  for (std::size_t at = 0; at < envelope.size(); ++at) {
    std::string changed = envelope;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(unwrap("key", changed)) << at;
  }
}

// Servers of two versions read each other's values, or the schema in the prefix counts up.
TEST(Envelope, IsTheseBytesForEver) {
  using namespace std::string_literals;
  EXPECT_EQ(wrap("key", "bytes").substr(0, 12), "\3\0\0\0keybytes"s);
  EXPECT_EQ(wrap("key", "bytes").size(), 20u);
  EXPECT_EQ(hash_of(""), "99aa06d3014798d86001c324468d497f") << "XXH3-128 of nothing, as its specification has it";
  EXPECT_NE(hash_of("a"), hash_of("b"));
}

}  // namespace
}  // namespace mla::redis
