#include <algorithm>
#include <map>
#include <set>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "foundation/base/json.h"
#include "foundation/store/tests/fresh_database.h"
#include "front/http/impl/routes.h"
#include "front/http/impl/service.h"
#include "front/http/tests/known_callers.h"

// Every route × every role × own and somebody else's data, against the table of permissions: OWASP API Security 2023,
// API1 (object), API3 (property) and API5 (function level authorization).
namespace mla::http {
namespace {

using security::Permission;
using security::Reach;
using security::Role;

constexpr const char* kStranger = "somebody-else";

// A body that the route takes, about this listener. A new route needs one here: the test fails without it.
std::string body_about(const std::string& route, const std::string& listener) {
  const std::map<std::string, std::string> bodies = {
      {"POST /ml-analytics/recommendations", R"({{"user_id":"{}"}})"},
      {"POST /ml-analytics/events", R"({{"events":[{{"user_id":"{}","track_id":"t"}}]}})"},
      {"PUT /ml-analytics/tracks/{id}", R"({{"track_name":"Song","path":"/music/a.flac"}})"},
      {"GET /ml-analytics/tracks/{id}", ""},
      {"POST /ml-analytics/recommendations/batch", R"({{"user_ids":["{}"]}})"},
      {"POST /ml-analytics/recommendations/session", R"({{"recent_tracks":["t"]}})"},
      {"POST /ml-analytics/recommendations/playlist", R"({{"tracks":["t"]}})"},
      {"GET /ml-analytics/recommendations/popular", ""},
      {"GET /ml-analytics/recommendations/latest", ""},
      {"PUT /ml-analytics/tracks", R"({{"track_id":"t","track_name":"Song"}})"},
      {"DELETE /ml-analytics/tracks/{id}", ""},
      {"GET /ml-analytics/tracks/{id}/similar", ""},
      {"GET /ml-analytics/artists", ""},
      {"GET /ml-analytics/models", ""},
      {"GET /ml-analytics/models/status", ""},
      {"GET /ml-analytics/models/{id}", ""},
      {"POST /ml-analytics/models/{id}/train", ""},
      {"POST /ml-analytics/models/{id}/promote", ""},
      {"POST /ml-analytics/models/{id}/rollback", ""},
      {"GET /ml-analytics/jobs", ""},
      {"GET /ml-analytics/jobs/{id}", ""},
      {"GET /ml-analytics/jobs/{id}/events", ""},
      {"POST /ml-analytics/jobs/{id}/cancel", ""},
      {"POST /ml-analytics/audio/analyze", "--X--"},
      {"GET /ml-analytics/audio-features/{ids}", ""},
      {"GET /ml-analytics/monitoring/health", ""},
      {"GET /ml-analytics/monitoring/metrics", ""},
      {"GET /ml-analytics/artists/{name}", ""},
      {"GET /ml-analytics/users/{id}", ""},
      {"DELETE /ml-analytics/users/{id}", ""},
      {"GET /ml-analytics/users/{id}/recommendations", ""},
      {"GET /ml-analytics/users/{id}/history", ""},
      {"GET /ml-analytics/users/{id}/export", ""},
      {"POST /ml-analytics/auth/token", "grant_type=refresh_token&refresh_token=mlr_none"},
      {"POST /ml-analytics/auth/revoke", "token=mlr_none"},
      {"GET /openapi.json", ""},
      {"GET /health", ""},
      {"GET /health/live", ""},
      {"GET /health/ready", ""},
      {"GET /metrics", ""},
  };
  const auto found = bodies.find(route);
  if (found == bodies.end()) {
    ADD_FAILURE() << route << " has no body in this test";
    return {};
  }
  return fmt::format(fmt::runtime(found->second), listener);
}

config::Settings without_models() {
  config::Settings settings;
  settings.models.path = testing::TempDir() + "/no-models";
  return settings;
}

// With and without open metrics.
class PermissionsTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { ASSERT_TRUE(idempotency.prepare().ok()); }
  // Erasing a person ends their tokens: last.
  std::vector<Route> routes() {
    std::vector<Route> all =
        api_routes({*engine, callers.security(), metrics, idempotency, streams, audio}, GetParam());
    std::ranges::stable_partition(all, [](const Route& route) {
      return !(route.method == "DELETE" && route.pattern == "/ml-analytics/users/{id}");
    });
    return all;
  }

  Response ask(const Route& route, const std::string& listener, const std::string& token) {
    std::string target = route.pattern;
    if (const std::size_t at = target.find('{'); at != std::string::npos) {
      const bool person = target.find("/users/") != std::string::npos;
      target.replace(at, target.find('}') - at + 1, person ? listener : "t");
    }
    std::vector<std::pair<std::string, std::string>> headers;
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    if (route.body == BodyType::kNdjson) headers.emplace_back("Content-Type", "application/x-ndjson");
    if (route.body == BodyType::kMultipart) headers.emplace_back("Content-Type", "multipart/form-data; boundary=X");
    if (route.body == BodyType::kForm) headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return service.handle(
        {route.method, target, headers, body_about(route.method + " " + route.pattern, listener), {}});
  }

  const config::Settings settings = without_models();
  base::ManualClock clock{1'714'564'800'000};
  telemetry::Metrics metrics;
  std::unique_ptr<store::Database> database = store::fresh_database();
  KnownCallers callers{*database, clock};
  std::unique_ptr<engine::Engine> engine = engine::Engine::open(settings, *database, clock).value();
  const Idempotency idempotency{*database, clock};
  StreamCount streams;
  AudioAnalysis audio{*engine, testing::TempDir() + "/no-uploads", {".mp3"}};
  Service service{routes(), metrics, callers.security()};
};

TEST_P(PermissionsTest, WithoutATokenOnlyWhatIsOpen) {
  for (const Route& route : routes()) {
    const int status = ask(route, "own-listener", "").status;
    if (route.access.is_open()) {
      EXPECT_TRUE(status != 401 && status != 403) << route.pattern << ' ' << status;
    } else {
      EXPECT_EQ(status, 401) << route.method << ' ' << route.pattern;
    }
  }
}

TEST_P(PermissionsTest, EveryRouteRoleAndOwnerIsAsTheTableSays) {
  std::set<std::string> reached;
  for (const Route& route : routes()) {
    if (route.access.is_open()) continue;
    for (const Role role : security::kRoles) {
      const Reach reach = security::reach_of(role, route.access.permission());
      for (const bool own : {false, true}) {
        const std::string listener = own ? "own-" + std::string(security::to_string(role)) : kStranger;
        const Response response = ask(route, listener, callers.token(role));
        const bool allowed = reach == Reach::kAny || (reach == Reach::kOwn && route.access.is_personal() && own);
        const std::string what =
            fmt::format("{} {} as {} about {}", route.method, route.pattern, security::to_string(role), listener);
        if (allowed) {
          EXPECT_TRUE(response.status != 401 && response.status != 403) << what << ": " << response.status;
          reached.insert(route.method + " " + route.pattern);
        } else {
          EXPECT_EQ(response.status, 403) << what;
        }
      }
    }
  }
  for (const Route& route : routes()) {
    const bool by_somebody = route.access.is_open() || reached.contains(route.method + " " + route.pattern);
    EXPECT_TRUE(by_somebody) << route.pattern;
  }
}

// Every route × scope of a token of somebody who may do everything: a scope takes away what it does not name.
TEST_P(PermissionsTest, AScopeHoldsATokenToWhatItNames) {
  const auto admin = callers.security().principals().find("admin").value();
  const auto token = [&](const std::string& scope) {
    return callers.security()
        .tokens()
        .issue_token(admin, 60, {}, security::Permissions::of_scope(scope).value())
        .value();
  };
  const auto refused = [&](const Route& route, const std::string& listener, const std::string& scope) {
    return ask(route, listener, token(scope)).status == 403;
  };
  for (const Route& route : routes()) {
    if (route.access.is_open()) continue;
    const std::string needed(security::to_string(route.access.permission()));
    std::string others;
    for (const std::string& name : security::Permissions::of(Role::kAdmin).names()) {
      if (name != needed) others += name + " ";
    }
    const std::string what = route.method + " " + route.pattern;
    EXPECT_TRUE(refused(route, "own-admin", others)) << what;
    EXPECT_FALSE(refused(route, kStranger, needed)) << what;
    EXPECT_EQ(refused(route, "own-admin", needed + ":own"), !route.access.is_personal()) << what;
    EXPECT_TRUE(refused(route, kStranger, needed + ":own")) << what;
  }
}

// What is refused has not happened.
TEST_P(PermissionsTest, RefusedEventsAreNotWritten) {
  const std::string mixed = fmt::format(
      R"({{"events":[{{"user_id":"own-listener","track_id":"t"}},{{"user_id":"{}","track_id":"t"}}]}})", kStranger);
  const Response response = service.handle(
      {"POST", "/ml-analytics/events", {{"Authorization", "Bearer " + callers.token(Role::kListener)}}, mixed, {}});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(engine->catalog().counts().value().events, 0);
}

// API3: properties that not everybody may set or see.
TEST_P(PermissionsTest, WeightsAndPathsHavePermissionsOfTheirOwn) {
  const auto as = [&](Role role, std::string method, std::string target, std::string body) {
    return service.handle({std::move(method),
                           std::move(target),
                           {{"Authorization", "Bearer " + callers.token(role)}},
                           std::move(body),
                           {}});
  };
  for (const Role role : security::kRoles) {
    const bool writes = security::reach_of(role, Permission::kWriteEvents) != Reach::kNone;
    const bool weighs = writes && security::reach_of(role, Permission::kWeighEvents) == Reach::kAny;
    const std::string listener = "own-" + std::string(security::to_string(role));
    const auto event = [&](const char* weight) {
      return as(role, "POST", "/ml-analytics/events",
                fmt::format(R"({{"user_id":"{}","track_id":"t","weight":{}}})", listener, weight))
          .status;
    };
    EXPECT_EQ(event("1000000"), weighs ? 200 : 403) << listener;
    EXPECT_EQ(event("1"), writes ? 200 : 403) << listener;
  }
  ASSERT_EQ(as(Role::kAdmin, "PUT", "/ml-analytics/tracks/t", R"({"track_name":"Song","path":"/music/a.flac"})").status,
            200);
  for (const Role role : security::kRoles) {
    const bool sees = security::reach_of(role, Permission::kReadPaths) == Reach::kAny;
    const Response response = as(role, "GET", "/ml-analytics/tracks/t", "");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body.find("/music/a.flac") != std::string::npos, sees) << security::to_string(role);
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, PermissionsTest, testing::Bool());

}  // namespace
}  // namespace mla::http
