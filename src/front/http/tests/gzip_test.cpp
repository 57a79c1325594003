#include "front/http/impl/gzip.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace mla::http {
namespace {

TEST(Gzip, ThereAndBack) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * i) + '\0';
  for (const int level : {1, 4, 9}) {
    const std::string packed = gzip(text, level);
    EXPECT_TRUE(packed.starts_with("\x1f\x8b")) << "RFC 1952 2.3.1";
    EXPECT_LT(packed.size(), text.size() / 2);
    EXPECT_EQ(gunzip(packed, text.size()), text);
  }
  EXPECT_EQ(gunzip(gzip("", 9), 0), "");
}

TEST(Gzip, WhatIsNotAsItWasPackedIsRefused) {
  const std::string packed = gzip("a text", 9);
  EXPECT_THROW(gunzip(packed, 5), std::runtime_error);
  EXPECT_THROW(gunzip(packed, 7), std::runtime_error);
  EXPECT_THROW(gunzip(packed.substr(0, packed.size() - 1), 6), std::runtime_error);
  std::string damaged = packed;
  damaged[damaged.size() - 8] = static_cast<char>(damaged[damaged.size() - 8] ^ 1);  // of its checksum
  EXPECT_THROW(gunzip(damaged, 6), std::runtime_error);
  EXPECT_THROW(gunzip("nonsense", 6), std::runtime_error);
}

}  // namespace
}  // namespace mla::http
