#include "operations/security/impl/encoding.h"

#include <set>

#include <gtest/gtest.h>

#include "foundation/base/parse.h"
#include "operations/security/impl/opaque.h"

namespace mla::security {
namespace {

// RFC 4648 10, without the padding.
TEST(Base64Url, IsThatOfTheRfc) {
  const std::pair<std::string, std::string> pairs[] = {{"", ""},           {"f", "Zg"},        {"fo", "Zm8"},
                                                       {"foo", "Zm9v"},    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"},
                                                       {"\xfb\xff", "-_8"}};
  for (const auto& [bytes, text] : pairs) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(from_base64url(to_base64url(all)), all);
}

// Two texts for the same bytes would be two tokens for the same claims.
TEST(Base64Url, HasOneTextForEachBytes) {
  for (const char* bad : {"Zg==", "Zg=", "Z", "Zm9v=", "Zm 9v", "Zm9v\n", "Zm+v", "Zm/v", "Zh", "Zm9", "Zm9vYh"}) {
    EXPECT_EQ(from_base64url(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(from_base64url(std::string_view("Zm9v\0", 5)), std::nullopt);
}

TEST(Random, DoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random_id()).second);
  EXPECT_EQ(seen.begin()->size(), 16u);
  EXPECT_TRUE(base::from_hex(*seen.begin()).has_value());
  EXPECT_EQ(random_bytes(33).size(), 33u);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

// FIPS 180-4's own example.
TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(base::to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(SameBytes, Compares) {
  EXPECT_TRUE(same_bytes("", ""));
  EXPECT_TRUE(same_bytes("abc", "abc"));
  EXPECT_FALSE(same_bytes("abc", "abd"));
  EXPECT_FALSE(same_bytes("abc", "ab"));
}

TEST(Opaque, HasAPrefixAnd256Bits) {
  const std::string key = make_secret(kKeyPrefix);
  EXPECT_TRUE(key.starts_with("mlk_"));
  EXPECT_EQ(from_base64url(key.substr(4)).value().size(), 32u);
  EXPECT_NE(key, make_secret(kKeyPrefix));
  EXPECT_EQ(hash_of_secret("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace mla::security
