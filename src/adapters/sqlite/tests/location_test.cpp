#include "adapters/sqlite/impl/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::sqlite {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

TEST(Location, UrlsAndPaths) {
  EXPECT_EQ(parse_location("sqlite:///var/ml.db").value().path, "var/ml.db");
  EXPECT_EQ(parse_location("sqlite:////var/ml.db").value().path, "/var/ml.db");
  EXPECT_EQ(parse_location("sqlite+aiosqlite:////x").value().path, "/x");
  EXPECT_EQ(parse_location("plain/file.db").value().path, "plain/file.db");
  for (const char* memory : {"sqlite://", "sqlite:///", "sqlite:///:memory:", ":memory:"}) {
    EXPECT_TRUE(parse_location(memory).value().in_memory()) << memory;
  }
}

TEST(Location, WhatIsNoneSaysWhatToWrite) {
  EXPECT_THAT(parse_location("").error().message, HasSubstr("set DATABASE_URL"));
  EXPECT_EQ(parse_location("mysql://h/x").error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(parse_location("mysql://h/x").error().message, HasSubstr("'mysql'"));
  EXPECT_THAT(parse_location("sqlite://data/x.db").error().message, HasSubstr("write sqlite:///data/x.db"));
  EXPECT_EQ(parse_location("sqlite:///x?timeout=3").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parse_location(std::string_view("a\0b", 3)).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mla::sqlite
