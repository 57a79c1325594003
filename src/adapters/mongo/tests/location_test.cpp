#include "adapters/mongo/impl/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::mongo {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::Not;

std::string where(std::string_view url) {
  const auto location = parse_location(url, 10);
  return location.ok() ? location->text : location.error().message;
}

TEST(MongoLibrary, IsLoadedOnceAndWhole) {
  ASSERT_TRUE(load_library().ok());
  ASSERT_TRUE(load_library().ok());
#define MLA_EXPECT_THERE(name) EXPECT_NE(mongoc().name, nullptr) << #name;
  MLA_MONGOC_CALLS(MLA_EXPECT_THERE)
#undef MLA_EXPECT_THERE
}

TEST(MongoLocation, NamesHostsAndDatabaseButNobody) {
  EXPECT_EQ(where("mongodb://h/d"), "h:27017/d");
  EXPECT_EQ(where("mongodb://ana:se%40cret@h:1/d?authSource=admin"), "h:1/d");
  EXPECT_EQ(where("mongodb://a:1,b:2/d?replicaSet=r"), "a:1,b:2/d");
  EXPECT_EQ(where("mongodb://[::1]:5/d"), "[::1]:5/d");
}

TEST(MongoLocation, WithoutANameTheDatabaseIsOurs) {
  EXPECT_EQ(where("mongodb://h"), "h:27017/ml_analytics");
  EXPECT_EQ(where("mongodb://h/"), "h:27017/ml_analytics");
  EXPECT_EQ(where("mongodb://ana:secret@h/?tls=true"), "h:27017/ml_analytics");
}

TEST(MongoLocation, ATimeOutIsOursUnlessTheUrlSaysOne) {
  const auto ours = parse_location("mongodb://h/d", 2.5);
  EXPECT_EQ(mongoc().uri_get_option_as_int32(ours->uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, 0), 2500);
  EXPECT_EQ(mongoc().uri_get_option_as_int32(ours->uri.get(), MONGOC_URI_CONNECTTIMEOUTMS, 0), 2500);
  EXPECT_EQ(mongoc().uri_get_option_as_int32(ours->uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, 0), 2500);
  const auto theirs = parse_location("mongodb://h/d?socketTimeoutMS=77", 2.5);
  EXPECT_EQ(mongoc().uri_get_option_as_int32(theirs->uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, 0), 77);
}

TEST(MongoLocation, OtherSchemesAreRefusedWithTheFormsThatAreKnown) {
  for (const char* url :
       {"postgresql://h/d", "http://h", "h:27017/d", "", "mongodb+unix://h", "redis://h", "MongoDB://h"}) {
    const auto location = parse_location(url, 10);
    ASSERT_FALSE(location.ok()) << url;
    EXPECT_EQ(location.error().code, ErrorCode::kUnsupported) << url;
    EXPECT_THAT(location.error().message, HasSubstr("MONGODB_URL (database.mongodb_url)"));
    EXPECT_THAT(location.error().message, HasSubstr("mongodb://user:password@host:27017/name"));
  }
}

TEST(MongoLocation, WhatIsMalformedIsRefusedWithoutItsPassword) {
  for (const char* url :
       {"mongodb://", "mongodb:///d", "mongodb://ana:sec@ret@h/d", "mongodb://ana:sec%zzret@h/d", "mongodb://h:port/d",
        "mongodb://h:99999/d", "mongodb://ana:secret@h/d?tls=perhaps", "mongodb://ana:secret@h/a b\"$"}) {
    const auto location = parse_location(url, 10);
    ASSERT_FALSE(location.ok()) << url;
    EXPECT_EQ(location.error().code, ErrorCode::kInvalidArgument) << url;
    EXPECT_THAT(location.error().message, Not(HasSubstr("sec"))) << url;
  }
  EXPECT_FALSE(parse_location(std::string_view("mongodb://h/d\0e", 15), 10).ok());
}

}  // namespace
}  // namespace mla::mongo
