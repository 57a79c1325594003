#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "front/http/impl/errors.h"
#include "front/http/impl/rate_headers.h"
#include "front/http/impl/service.h"
#include "front/http/impl/token_handlers.h"
#include "front/http/tests/known_callers.h"

// Limits as a client meets them.
namespace mla::http {
namespace {

using security::Permission;
using security::Role;
using testing::HasSubstr;

constexpr std::int64_t kSecond = 1'000'000'000;

class RateLimitTest : public testing::Test {
 protected:
  std::vector<Route> routes() {
    const auto nothing = [](const Call&) { return Response{}; };
    return {{"GET", "/open", Access::open(), nothing},
            {"GET", "/mine", Access::personal(Permission::kReadRecommendations), nothing},
            {"POST", "/write", Access::of(Permission::kWriteTracks), nothing},
            {"GET", "/health", Access::open(), nothing, BodyType::kAny, false, "", Counted::kNo},
            {"POST", "/token", Access::open(),
             [this](const Call& call) { return give_token(callers.security(), call); }, BodyType::kForm}};
  }

  static ServiceOptions behind_proxies() {
    ServiceOptions options;
    options.trust.proxies.push_back(base::IpNetwork::parse("10.0.0.0/8").value());
    return options;
  }

  Response ask(const std::string& method, const std::string& target, const std::string& token = "",
               const std::string& peer = "192.0.2.1", std::vector<std::pair<std::string, std::string>> headers = {},
               const std::string& body = "") {
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    if (target == "/token") headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    Request request{method, target, std::move(headers), body, {}};
    request.peer = base::IpAddress::parse(peer).value();
    return service.handle(request);
  }
  Response log_in(const std::string& name, const std::string& password, const std::string& peer) {
    return ask("POST", "/token", "", peer, {}, "grant_type=password&username=" + name + "&password=" + password);
  }
  // Until nothing is left: of the three at once that these tests allow.
  void use_up(const std::string& token, const std::string& peer = "192.0.2.1") {
    while (ask("GET", token.empty() ? "/open" : "/mine", token, peer).status != 429) {
    }
  }
  static std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  double limited(const char* by) { return metrics.counter(telemetry::kRateLimited, {{"limit", by}}).value(); }

  std::int64_t now = 0;
  telemetry::Metrics metrics;
  base::ManualClock clock{1'700'000'000'000};
  std::unique_ptr<store::Database> database = store::fresh_database();
  // One a second and two more at once; three logins.
  KnownCallers callers{
      *database, clock, {60, 2, 3}, std::make_unique<security::MemoryRateLimiter>(1024, [this] { return now; })};
  Service service{routes(), metrics, callers.security(), behind_proxies()};
};

TEST_F(RateLimitTest, AnswersSayWhatIsLeft) {
  const Response first = ask("GET", "/open");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(header(first, "RateLimit-Policy"), R"("requests";q=60;w=60)");
  EXPECT_EQ(header(first, "RateLimit"), R"("requests";r=2;t=1)");
  EXPECT_EQ(header(ask("GET", "/open"), "RateLimit"), R"("requests";r=1;t=2)");
  EXPECT_EQ(header(ask("GET", "/open"), "RateLimit"), R"("requests";r=0;t=3)");
}

TEST_F(RateLimitTest, TooManyIs429InBothShapes) {
  use_up("");
  now += kSecond / 2;
  const Response refused = ask("GET", "/open");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(refused.body, R"({"detail":"Too many requests; try again in 1 second"})");
  EXPECT_EQ(header(refused, "Retry-After"), "1");
  EXPECT_EQ(header(refused, "RateLimit"), R"("requests";r=0;t=3)");
  EXPECT_NE(header(refused, "X-Request-ID"), "");
  const auto problem =
      boost::json::parse(ask("GET", "/open", "", "192.0.2.1", {{"Accept", "application/problem+json"}}).body);
  EXPECT_EQ(problem.at("status"), 429);
  EXPECT_EQ(problem.at("title"), "Too Many Requests");
  now += kSecond / 2;
  EXPECT_EQ(ask("GET", "/open").status, 200) << "after Retry-After";
}

TEST_F(RateLimitTest, APrincipalIsCountedWhereverItCallsFrom) {
  const std::string& ana = callers.token(Role::kListener);
  for (const char* peer : {"192.0.2.1", "192.0.2.2", "2001:db8::1"})
    EXPECT_EQ(ask("GET", "/mine", ana, peer).status, 200);
  EXPECT_EQ(ask("GET", "/mine", ana, "192.0.2.4").status, 429);
  EXPECT_EQ(ask("GET", "/mine", callers.token(Role::kAdmin), "192.0.2.4").status, 200);
  EXPECT_EQ(ask("GET", "/open", "", "192.0.2.4").status, 200) << "nor is the address charged";
  EXPECT_EQ(limited("principal"), 1);
  EXPECT_EQ(limited("address"), 0);
}

// What is not done counts, too: 403 and 404 are how a server is searched.
TEST_F(RateLimitTest, WhatIsRefusedCounts) {
  const std::string& ana = callers.token(Role::kListener);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("POST", "/write", ana).status, 403);
  EXPECT_EQ(ask("POST", "/write", ana).status, 429);
  for (const char* target : {"/nowhere", "/%zz", "/mine"}) EXPECT_NE(ask("GET", target).status, 429) << target;
  EXPECT_EQ(ask("GET", "/nowhere").status, 429);
}

// Wrong tokens are counted for the address; a right one from there is not refused for it.
TEST_F(RateLimitTest, WhoIsKnownIsNotRefusedForItsNeighbours) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET", "/mine", "garbage").status, 401);
  EXPECT_EQ(ask("GET", "/mine", "garbage").status, 429);
  EXPECT_EQ(ask("GET", "/mine").status, 429);
  EXPECT_EQ(ask("GET", "/mine", callers.token(Role::kListener)).status, 200);
  EXPECT_EQ(limited("address"), 2);
}

TEST_F(RateLimitTest, WhatWatchesTheServerIsNotCounted) {
  use_up("");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ask("GET", "/health").status, 200);
  EXPECT_EQ(header(ask("GET", "/health"), "RateLimit"), "");
}

TEST_F(RateLimitTest, ClientsOfATrustedProxyAreToldApart) {
  const auto through = [&](const char* proxy, const char* client) {
    return ask("GET", "/open", "", proxy, {{"X-Forwarded-For", client}}).status;
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(through("10.0.0.1", "203.0.113.1"), 200);
  EXPECT_EQ(through("10.0.0.1", "203.0.113.1"), 429);
  EXPECT_EQ(through("10.0.0.2", "203.0.113.1"), 429) << "another of our proxies";
  EXPECT_EQ(through("10.0.0.1", "203.0.113.2"), 200);
  EXPECT_EQ(through("10.0.0.1", "198.51.100.1, 203.0.113.1"), 429) << "made up on the left";
  use_up("", "192.0.2.9");
  EXPECT_EQ(through("192.0.2.9", "203.0.113.77"), 429) << "not a proxy of ours";
}

TEST_F(RateLimitTest, LoginsAreFewAndNoPasswordIsLookedAtBeyond) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(log_in("listener", "wrong", "192.0.2." + std::to_string(i)).status, 400);
  const Response refused = log_in("listener", "correct+horse+battery", "192.0.2.77");
  EXPECT_EQ(refused.status, 429) << "the right password, too";
  EXPECT_EQ(refused.body, R"({"detail":"Too many logins; try again in 20 seconds"})");
  EXPECT_EQ(header(refused, "Retry-After"), "20");
  EXPECT_EQ(limited("login"), 1);
  EXPECT_EQ(log_in("admin", "correct+horse+battery", "192.0.2.78").status, 200);
  EXPECT_EQ(ask("GET", "/mine", callers.token(Role::kListener)).status, 200) << "who is in stays in";
  now += 20 * kSecond;
  EXPECT_EQ(log_in("listener", "correct+horse+battery", "192.0.2.77").status, 200);
}

TEST_F(RateLimitTest, OneAddressTriesFewNames) {
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(log_in(name, "wrong", "192.0.2.1").status, 400) << name;
    now += kSecond;
  }
  EXPECT_EQ(log_in("d", "wrong", "192.0.2.1").status, 429);
}

// A refresh token is 256 random bits: there is nothing to guess, and many people may share an address.
TEST_F(RateLimitTest, RenewalsAreNoLogins) {
  const auto login = boost::json::parse(log_in("listener", "correct+horse+battery", "192.0.2.1").body);
  std::string refresh(login.at("refresh_token").as_string());
  for (int i = 0; i < 10; ++i) {
    now += kSecond;
    const Response renewed =
        ask("POST", "/token", "", "192.0.2.1", {}, "grant_type=refresh_token&refresh_token=" + refresh);
    ASSERT_EQ(renewed.status, 200) << i;
    refresh = boost::json::parse(renewed.body).at("refresh_token").as_string();
  }
}

TEST(RateHeaders, SecondsAreRoundedUpAndNeverZero) {
  EXPECT_EQ(too_many_requests({false, 0, 9, 0.001}, "things").detail->as_string(),
            "Too many things; try again in 1 second");
  EXPECT_EQ(too_many_requests({false, 0, 9, 2.1}, "things").detail->as_string(),
            "Too many things; try again in 3 seconds");
  Response response;
  add_rate_headers(response, "p", {true, 7, 0, 0});
  EXPECT_THAT(response.headers, testing::Contains(testing::Pair("RateLimit", R"("requests";r=7;t=1)")));
}

}  // namespace
}  // namespace mla::http
