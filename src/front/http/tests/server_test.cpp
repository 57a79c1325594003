#include "front/http/server.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/json.h"
#include "foundation/base/parse.h"
#include "foundation/store/tests/fresh_database.h"
#include "front/http/impl/routes.h"
#include "front/http/tests/known_callers.h"
#include "front/http/tests/raw_client.h"

// The whole way: socket, routes, engine, a database in memory.
namespace mla::http {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::MatchesRegex;

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    settings.server.port = 0;
    settings.models.path = testing::TempDir() + "/no-models";
    database = store::fresh_database();
    engine = engine::Engine::open(settings, *database, clock).value();
    callers = std::make_unique<KnownCallers>(*database, clock);
  }

  void start() {
    server = std::make_unique<Server>(settings, *engine, callers->security(), metrics);
    const auto status = server->start();
    ASSERT_TRUE(status.ok()) << status.error().message;
    client = std::make_unique<RawClient>(server->port());
  }

  // The answer's body, with its status checked.
  json::value ask(int status, std::string_view method, std::string_view target, std::string_view body = {}) {
    const RawAnswer answer = client->ask(method, target, body, callers->header(security::Role::kAdmin));
    EXPECT_EQ(answer.status, status) << method << ' ' << target << ": " << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_THAT(answer.header("x-process-time"), MatchesRegex("[0-9.]+"));
    EXPECT_NE(answer.header("x-request-id"), "");
    return json::parse(answer.body);
  }

  config::Settings settings;
  base::ManualClock clock{1714564800000};  // 2024-05-01T12:00:00Z
  telemetry::Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<KnownCallers> callers;
  std::unique_ptr<Server> server;
  std::unique_ptr<RawClient> client;
};

TEST_F(ServerTest, HealthWithoutAModel) {
  start();
  const json::value health = ask(200, "GET", "/health");
  EXPECT_EQ(health.at("status"), "healthy");
  EXPECT_EQ(health.at("timestamp"), "2024-05-01T12:00:00.000Z");
  EXPECT_THAT(std::string(health.at("version").as_string()), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_TRUE(health.at("models_loaded").as_array().empty());
  EXPECT_EQ(ask(200, "GET", "/health/live").at("status"), "alive");
  EXPECT_EQ(ask(503, "GET", "/health/ready").at("status"), "not ready");
}

TEST_F(ServerTest, RecommendationsWithoutAModelSayHowToTrain) {
  start();
  const json::value answer =
      ask(503, "POST", "/ml-analytics/recommendations", R"({"user_id":"u","config":{"algorithm":"popularity"}})");
  EXPECT_THAT(std::string(answer.at("detail").as_string()), HasSubstr("ml-analytics train"));
}

TEST_F(ServerTest, UnknownAlgorithmsAreTheClientsMistake) {
  start();
  const json::value answer =
      ask(422, "POST", "/ml-analytics/recommendations", R"({"user_id":"u","config":{"algorithm":"populartiy"}})");
  EXPECT_THAT(std::string(answer.at("detail").as_string()), HasSubstr("popularity"));
}

TEST_F(ServerTest, ValidationErrorsHaveFastApisShape) {
  start();
  const json::value answer = ask(422, "POST", "/ml-analytics/recommendations", R"({"user_id":"u","limit":0})");
  EXPECT_EQ(base::to_json_text(answer),
            R"({"detail":[{"loc":["body","limit"],"msg":"Input should be greater than or equal to 1",)"
            R"("type":"greater_than_equal"}]})");
}

TEST_F(ServerTest, TracksArePutAndRead) {
  start();
  const char* const target = "/ml-analytics/tracks/spotify:track:a%2Fb%20c";
  EXPECT_EQ(ask(404, "GET", target).at("detail"), "There is no track with this id");
  const char* const body =
      R"({"track_name":"Angel","artist_name":"Massive Attack","tags":["trip-hop"],"external_ids":{"isrc":"X"}})";
  EXPECT_EQ(ask(201, "PUT", target, body).at("track_id"), "spotify:track:a/b c");
  EXPECT_EQ(ask(200, "PUT", target, body).at("track_name"), "Angel");
  const json::value read = ask(200, "GET", target);
  EXPECT_EQ(read.at("artist_name"), "Massive Attack");
  EXPECT_EQ(read.at("tags").at(0).at("name"), "trip-hop");
  EXPECT_EQ(read.at("external_ids").at("isrc"), "X");
  EXPECT_EQ(engine->track(base::ItemId("spotify:track:a/b c")).value()->title, "Angel");
  ask(422, "PUT", target, "{}");
  ask(405, "PATCH", target);
}

TEST_F(ServerTest, EventsAreKeptOnce) {
  start();
  const char* const one = R"({"event_id":"e1","user_id":"u","track_id":"t","timestamp":1714564800})";
  json::value answer = ask(200, "POST", "/ml-analytics/events", one);
  EXPECT_EQ(answer.at("added"), 1);
  EXPECT_EQ(answer.at("unchanged"), 0);
  answer = ask(200, "POST", "/ml-analytics/events",
               R"({"events":[{"event_id":"e1","user_id":"u","track_id":"t","timestamp":1714564800},
                             {"event_id":"e2","user_id":"u","track_id":"t2","type":"like"}]})");
  EXPECT_EQ(answer.at("added"), 1);
  EXPECT_EQ(answer.at("unchanged"), 1);
  const auto history = engine->catalog().history(base::UserId("u"), 10).value();
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].time, 1714564800000);
  EXPECT_EQ(history[1].type, catalog::EventType::kLike);
  // One bad event refuses all: nothing of the list is kept.
  ask(422, "POST", "/ml-analytics/events", R"({"events":[{"user_id":"u","track_id":"t3"},{"user_id":"u"}]})");
  EXPECT_EQ(engine->catalog().history(base::UserId("u"), 10).value().size(), 2u);
}

TEST_F(ServerTest, AThousandEventsInMoreThanAMegabyte) {
  start();
  std::string body = R"({"events":[)";
  for (int i = 0; i < 1000; ++i) {
    body += fmt::format(R"({}{{"user_id":"u{}","track_id":"t{}","context":{{"note":"{}"}}}})", i > 0 ? "," : "", i % 7,
                        i, std::string(1100, 'x'));
  }
  body += "]}";
  ASSERT_GT(body.size(), 1u << 20);
  EXPECT_EQ(ask(200, "POST", "/ml-analytics/events", body).at("added"), 1000);
  EXPECT_EQ(engine->catalog().counts().value().events, 1000);
}

TEST_F(ServerTest, BodiesAboveTheSettingAreRefused) {
  settings.security.data_validation.max_request_size_mb = 1;
  start();
  EXPECT_EQ(client->ask("POST", "/ml-analytics/events", std::string((1 << 20) + 1, ' ')).status, 413);
}

TEST_F(ServerTest, ClientsAtTheSameTimeLoseNothing) {
  start();
  std::atomic<int> added{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      RawClient own(server->port());
      for (int i = 0; i < 25; ++i) {
        const std::string body = fmt::format(R"({{"event_id":"{}-{}","user_id":"u{}","track_id":"t{}"}})", t, i, t, i);
        const std::string header = callers->header(security::Role::kService);
        const RawAnswer answer = own.ask("POST", "/ml-analytics/events", body, header);
        if (answer.status == 200) added += static_cast<int>(json::parse(answer.body).at("added").as_int64());
        own.ask("GET", fmt::format("/ml-analytics/tracks/t{}", i), {}, header);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(added, 100);
  EXPECT_EQ(engine->catalog().counts().value().events, 100);
}

TEST_F(ServerTest, MetricsCountWhatWasServed) {
  start();
  ask(404, "GET", "/ml-analytics/tracks/none");
  ask(200, "GET", "/health");
  const RawAnswer answer = client->ask("GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("requests_total{endpoint=\"/ml-analytics/tracks/{id}\",status=\"404\"} 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("requests_total{endpoint=\"/health\",status=\"200\"} 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("ml_analytics_active_connections 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("ml_analytics_queue_size{queue=\"http\"} 0\n"));
}

TEST_F(ServerTest, MetricsMayHaveAPortOfTheirOwn) {
  start();
  const std::uint16_t taken = server->port();
  config::Settings both = settings;
  both.monitoring.prometheus_port = taken;
  Server refused(both, *engine, callers->security(), metrics);
  const auto status = refused.start();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kBusy);
  EXPECT_THAT(status.error().message, HasSubstr("monitoring.prometheus_port: port"));
  server->stop();  // its port is free now
  Server served(both, *engine, callers->security(), metrics);
  ASSERT_TRUE(served.start().ok());
  RawClient scraper(taken);
  EXPECT_EQ(scraper.ask("GET", "/metrics").status, 200);
  EXPECT_EQ(scraper.ask("GET", "/health").status, 404);
  EXPECT_EQ(scraper.ask("POST", "/metrics", "x").status, 413);  // takes no bodies
}

TEST_F(ServerTest, RunsUntilTheFlag) {
  start();
  base::CancelFlag flag;
  std::thread running([&] { server->run_until(flag); });
  EXPECT_EQ(client->ask("GET", "/health/live").status, 200);
  flag.cancel();
  running.join();
  EXPECT_FALSE(RawClient(server->port()).connected());
}

// "GET /health" for each operation of api/openapi.yaml, read by its indentation, that has the line `with`, if given.
std::set<std::string> documented_operations(std::string_view with) {
  std::ifstream file("api/openapi.yaml");
  EXPECT_TRUE(file) << "run from the project's folder";
  std::set<std::string> operations;
  std::string path, operation;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    if (!with.empty() && line == with && !operation.empty()) operations.insert(operation);
    if (!line.starts_with("    ") || line.starts_with("     ") || path.empty()) continue;
    for (const char* method : {"GET", "PUT", "POST", "DELETE", "PATCH"}) {
      if (line != "    " + base::to_lower(method) + ":") continue;
      operation = std::string(method) + " " + path;
      if (with.empty()) operations.insert(operation);
    }
  }
  return operations;
}

// The contract and the code name the same routes.
TEST_F(ServerTest, TheContractAndTheRoutesAgree) {
  std::set<std::string> routes;
  std::set<std::string> open;
  const Idempotency idempotency(*database, clock);
  StreamCount streams;
  AudioAnalysis audio(*engine, "", {});
  for (const Route& route : api_routes({*engine, callers->security(), metrics, idempotency, streams, audio}, true)) {
    routes.insert(route.method + " " + route.pattern);
    if (route.access.is_open()) open.insert(route.method + " " + route.pattern);
  }
  EXPECT_EQ(routes, documented_operations(""));
  EXPECT_GE(routes.size(), 10u);
  EXPECT_EQ(open, documented_operations("      security: []"));
  // This, and nothing else, without a token.
  EXPECT_EQ(open, (std::set<std::string>{"GET /health", "GET /health/live", "GET /health/ready", "GET /metrics",
                                         "GET /openapi.json", "POST /ml-analytics/auth/revoke",
                                         "POST /ml-analytics/auth/token"}));
}

}  // namespace
}  // namespace mla::http
