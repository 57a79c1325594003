#include "operations/security/basic_credentials.h"

#include <gtest/gtest.h>

namespace mla::security {
namespace {

using Pair = std::pair<std::string, std::string>;

// The examples of RFC 7617 2 and 2.1.
TEST(Basic, IsThatOfTheRfc) {
  EXPECT_EQ(parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Pair("Aladdin", "open sesame"));
  EXPECT_EQ(parse_basic("bAsIc dGVzdDoxMjPCow=="), Pair("test", "123\xc2\xa3"));
}

TEST(Basic, OnlyTheFirstColonSeparates) {
  EXPECT_EQ(parse_basic("Basic YTpiOmM="), Pair("a", "b:c"));
  EXPECT_EQ(parse_basic("Basic Og=="), Pair("", ""));
}

TEST(Basic, WhatIsBrokenIsNothing) {
  for (const char* bad : {"", "Basic", "Basic ", "Basic YWJj", "Bearer YTpi", "Basic YTpi YTpi", "Basic YTp-",
                          "Basic YTo", "BasicYTpi", "Basic %%%%"}) {
    EXPECT_FALSE(parse_basic(bad)) << bad;
  }
  EXPECT_FALSE(parse_basic("Basic " + std::string(5000, 'A')));
}

}  // namespace
}  // namespace mla::security
