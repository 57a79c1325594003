#include "front/http/impl/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "front/http/impl/target.h"

namespace mla::http {
namespace {

using testing::ElementsAre;

TEST(Target, IsSplitBeforeItIsDecoded) {
  EXPECT_THAT(split_target("/a/b").value(), ElementsAre("a", "b"));
  EXPECT_THAT(split_target("/").value(), ElementsAre(""));
  EXPECT_THAT(split_target("/a/").value(), ElementsAre("a", ""));
  EXPECT_THAT(split_target("/a%2Fb/c%20d").value(), ElementsAre("a/b", "c d"));
  EXPECT_THAT(split_target("/spotify:track:1").value(), ElementsAre("spotify:track:1"));
  EXPECT_THAT(split_target("/%c3%a9?x=/y#z").value(), ElementsAre("é"));
  EXPECT_THAT(split_target("http://host:80/a").value(), ElementsAre("a"));
  EXPECT_THAT(split_target("HTTP://host").value(), ElementsAre(""));
  EXPECT_THAT(split_target("http://host?q=/x").value(), ElementsAre(""));
  EXPECT_THAT(split_target("/a%2").error().message, testing::HasSubstr("'%'"));
  for (const char* bad :
       {"", "a", "*", "/%", "/%a", "/%gg", "/%00", "/%0a", "/%7f", "/%ff", "/%c0%af", "h:80", "ftp://h/"}) {
    EXPECT_FALSE(split_target(bad).ok()) << bad;
  }
}

class RouterTest : public testing::Test {
 protected:
  static Response nothing(const Call&) { return {}; }
  telemetry::Metrics metrics;
  Router router{{{"GET", "/items/{id}", Access::open(), nothing},
                 {"PUT", "/items/{id}", Access::open(), nothing},
                 {"GET", "/items/{id}/similar", Access::open(), nothing},
                 {"POST", "/events", Access::open(), nothing}},
                metrics};
};

TEST_F(RouterTest, FindsPatternsMethodsAndParameters) {
  const auto get = router.find("GET", "/items/a%2Fb?x=1");
  ASSERT_NE(get.route, nullptr);
  EXPECT_EQ(get.route->method, "GET");
  EXPECT_EQ(get.route->pattern, "/items/{id}");
  EXPECT_EQ(get.parameter, "a/b");
  EXPECT_EQ(router.find("HEAD", "/items/x").route, get.route);
  EXPECT_EQ(router.find("PUT", "/items/x").route->method, "PUT");
  EXPECT_EQ(router.find("GET", "/items/x/similar").route->pattern, "/items/{id}/similar");
  EXPECT_NE(router.find("GET", "/items/{id}").route, nullptr);  // an id like any other
}

TEST_F(RouterTest, WhatIsNotThere) {
  for (const char* target :
       {"/", "/items", "/items/", "/items/x/", "/items//similar", "/events/", "/Events", "//events"}) {
    const auto match = router.find("GET", target);
    EXPECT_EQ(match.route, nullptr) << target;
    EXPECT_EQ(match.allow, "") << target;
    EXPECT_EQ(match.bad_target, "") << target;
  }
  EXPECT_NE(router.find("GET", "/%zz").bad_target, "");
}

TEST_F(RouterTest, AWrongMethodKnowsTheRightOnes) {
  EXPECT_EQ(router.find("DELETE", "/items/x").allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(router.find("GET", "/events").allow, "POST, OPTIONS");
  EXPECT_EQ(router.find("HEAD", "/events").route, nullptr);
}

TEST(Access, AdmitsByReach) {
  using security::Permission;
  using security::Permissions;
  using security::Role;
  const security::Caller nobody;
  const security::Caller listener{"1", "a", base::UserId("a"), Permissions::of(Role::kListener)};
  const security::Caller service{"2", "b", base::UserId("b"), Permissions::of(Role::kService)};
  EXPECT_TRUE(Access::open().admits(nobody));
  EXPECT_TRUE(Access::open().is_open());
  const Access personal = Access::personal(Permission::kWriteEvents);
  EXPECT_FALSE(personal.is_open());
  EXPECT_FALSE(personal.admits(nobody));
  EXPECT_TRUE(personal.admits(listener));
  EXPECT_TRUE(personal.admits(service));
  EXPECT_FALSE(Access::of(Permission::kWriteEvents).admits(listener)) << "its own data are not enough";
  EXPECT_TRUE(Access::of(Permission::kWriteEvents).admits(service));
}

// Ids do not become labels: a million tracks must not become a million series.
TEST_F(RouterTest, SeriesAreThoseOfPatterns) {
  router.find("GET", "/items/1").series->record(200, 0.1);
  router.find("PUT", "/items/2").series->record(200, 0.1);
  router.find("GET", "/nowhere/3").series->record(404, 0.1);
  const std::string text = metrics.text();
  EXPECT_THAT(text, testing::HasSubstr("requests_total{endpoint=\"/items/{id}\",status=\"200\"} 2"));
  EXPECT_THAT(text, testing::HasSubstr("requests_total{endpoint=\"unmatched\",status=\"404\"} 1"));
}

}  // namespace
}  // namespace mla::http
