#include "adapters/redis/impl/location.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::redis {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::Not;

TEST(Location, IsReadAsTheUsualClientsWriteIt) {
  const Location plain = parse_location("redis://cache.example:6380/3").value();
  EXPECT_EQ(plain.host, "cache.example");
  EXPECT_EQ(plain.port, 6380);
  EXPECT_EQ(plain.database, 3);
  EXPECT_EQ(plain.user + plain.password + plain.socket, "");
  const Location shortest = parse_location("redis://localhost").value();
  EXPECT_EQ(shortest.host, "localhost");
  EXPECT_EQ(shortest.port, 6379);
  EXPECT_EQ(shortest.database, 0);
  EXPECT_EQ(parse_location("REDIS://127.0.0.1:1/").value().host, "127.0.0.1");
  EXPECT_EQ(parse_location("redis://[::1]:6379/0").value().host, "::1");
}

TEST(Location, SaysWhoComes) {
  const Location password = parse_location("redis://:s%40cret%2F@h").value();
  EXPECT_EQ(password.user, "");
  EXPECT_EQ(password.password, "s@cret/");
  const Location both = parse_location("redis://anna:pw@h:1/2").value();
  EXPECT_EQ(both.user, "anna");
  EXPECT_EQ(both.password, "pw");
}

TEST(Location, MayBeASocket) {
  const Location socket = parse_location("redis+unix:///run/redis/my%20one.sock?db=5").value();
  EXPECT_EQ(socket.socket, "/run/redis/my one.sock");
  EXPECT_EQ(socket.database, 5);
  EXPECT_EQ(parse_location("unix:///run/redis.sock").value().socket, "/run/redis.sock");
  const Location secret = parse_location("redis+unix://anna:pw@/run/redis.sock").value();
  EXPECT_EQ(secret.user, "anna");
  EXPECT_EQ(secret.password, "pw");
}

TEST(Location, ItsTextTellsWhereAndNotWho) {
  EXPECT_EQ(parse_location("redis://anna:pw@h/2").value().text(), "h:6379");
  EXPECT_EQ(parse_location("redis+unix://:pw@/run/r.sock").value().text(), "/run/r.sock");
}

TEST(Location, TlsIsRefusedWithAWayOut) {
  const auto tls = parse_location("rediss://:hunter2@cache.example:6380/0");
  ASSERT_FALSE(tls.ok());
  EXPECT_EQ(tls.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(tls.error().message, HasSubstr("rediss://, Redis over TLS, which this version does not speak"));
  EXPECT_THAT(tls.error().message, HasSubstr("redis+unix:///path"));
  EXPECT_THAT(tls.error().message, Not(HasSubstr("hunter2")));
}

TEST(Location, WhatIsMalformedIsRefusedWithoutItsPassword) {
  const auto expect = [](const char* url, ErrorCode code, const char* why) {
    const auto location = parse_location(url);
    ASSERT_FALSE(location.ok()) << url;
    EXPECT_EQ(location.error().code, code) << url;
    EXPECT_THAT(location.error().message, HasSubstr(why)) << url;
    EXPECT_THAT(location.error().message, HasSubstr("redis://host:6379/0")) << url;
    EXPECT_THAT(location.error().message, Not(HasSubstr("hunter2"))) << url;
  };
  expect("localhost:6379", ErrorCode::kUnsupported, "is localhost://, which is no Redis");
  expect("", ErrorCode::kInvalidArgument, "is no URL");
  expect("/run/redis.sock", ErrorCode::kInvalidArgument, "is no URL");
  expect("http://h/0", ErrorCode::kUnsupported, "is http://");
  expect("redis://", ErrorCode::kInvalidArgument, "names no host");
  expect("redis:///0", ErrorCode::kInvalidArgument, "names no host");
  expect("redis://a%00b/0", ErrorCode::kInvalidArgument, "names no host");
  expect("redis://:hunter2@h:0/0", ErrorCode::kInvalidArgument, "has no valid port");
  expect("redis://:hunter2@h:70000/0", ErrorCode::kInvalidArgument, "has no valid port");
  expect("redis://:hunter2@h/zero", ErrorCode::kInvalidArgument, "names the database 'zero'");
  expect("redis://h/-1", ErrorCode::kInvalidArgument, "names the database '-1'");
  expect("redis://h/99999999", ErrorCode::kInvalidArgument, "names the database '99999999'");
  expect("redis://h/0?timeout=3", ErrorCode::kInvalidArgument, "has options after '?'");
  expect("redis://anna@h/0", ErrorCode::kInvalidArgument, "names a user without a password");
  expect("redis://:hunter2 x@h/0", ErrorCode::kInvalidArgument, "is no URL");
  expect("redis+unix://h/run/r.sock", ErrorCode::kInvalidArgument, "has a host name before its path");
  expect("redis+unix:///", ErrorCode::kInvalidArgument, "names no socket");
  expect("redis+unix:///run/r.sock?name=1", ErrorCode::kInvalidArgument, "unknown option 'name'");
}

}  // namespace
}  // namespace mla::redis
