#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/store/tests/fresh_database.h"
#include "front/engine/engine.h"
#include "front/http/impl/routes.h"
#include "front/http/impl/service.h"
#include "front/http/tests/known_callers.h"

namespace mla::http {

// The routes with all that is behind them, without a socket. Two camps of listeners: m0 … m11 play the metal tracks
// "m0" … "m9", j0 … j11 the jazz tracks "j0" … "j9"; each leaves out two of ten.
class ApiTest : public testing::Test {
 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  void SetUp() override {
    static int counter = 0;
    folder = std::filesystem::path(testing::TempDir()) /
             ("mla-api-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    std::filesystem::create_directories(folder);
    settings.models.path = (folder / "models").string();
    database = database_place.open().value();
    callers = std::make_unique<KnownCallers>(*database, clock);
    engine = engine::Engine::open(settings, *database, clock).value();
    idempotency = std::make_unique<Idempotency>(*database, clock);
    ASSERT_TRUE(idempotency->prepare().ok());
    audio = std::make_unique<AudioAnalysis>(*engine, folder / "uploads",
                                            settings.security.data_validation.allowed_file_types);
    service = std::make_unique<Service>(api_routes(behind(), true), metrics, callers->security());
  }
  void TearDown() override {
    service.reset();
    engine.reset();
    callers.reset();
    database.reset();
    std::filesystem::remove_all(folder);
  }

  Behind behind() { return {*engine, callers->security(), metrics, *idempotency, streams, *audio}; }

  static catalog::Event listen(const std::string& user, const std::string& item,
                               std::optional<base::UnixMillis> time = {}) {
    catalog::Event event;
    event.user = base::UserId(user);
    event.item = base::ItemId(item);
    event.time = time;
    return event;
  }

  void fill() {
    std::vector<catalog::Item> items;
    std::vector<catalog::Event> events;
    for (const std::string camp : {"m", "j"}) {
      for (int i = 0; i < 10; ++i) {
        catalog::Item item;
        item.id = base::ItemId(camp + std::to_string(i));
        item.title = (camp == "m" ? "Metal " : "Jazz ") + std::to_string(i);
        item.artist = (camp == "m" ? "Metal Artist " : "Jazz Artist ") + std::to_string(i / 2);
        item.release_date = "20" + std::to_string(10 + i) + (camp == "m" ? "-05" : "-06");
        items.push_back(std::move(item));
      }
      for (int user = 0; user < 12; ++user) {
        for (int i = 0; i < 10; ++i) {
          if (i == user % 10 || i == (user * 3 + 1) % 10) continue;
          const base::UnixMillis time = clock.now() - base::UnixMillis{200 + i} * base::kMillisPerDay;
          events.push_back(listen(camp + std::to_string(user), camp + std::to_string(i), time));
        }
      }
    }
    ASSERT_TRUE(engine->catalog().put_items(items).ok());
    ASSERT_TRUE(engine->add_events(events, "test").ok());
  }

  void train(const std::string& algorithm = "hybrid") {
    base::ThreadPool pool(2);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    engine::TrainRequest request;
    request.algorithm = algorithm;
    const auto report = engine->train(request, work);
    ASSERT_TRUE(report.ok()) << report.error().message;
  }

  Response send(security::Role role, std::string method, std::string target, std::string body = {},
                Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + callers->token(role));
    return service->handle({std::move(method), std::move(target), std::move(headers), std::move(body), {}});
  }

  // As admin; the body of an answer whose status is checked.
  boost::json::value ask(int status, std::string method, std::string target, std::string body = {},
                         Headers headers = {}) {
    const std::string what = method + " " + target;
    const Response response =
        send(security::Role::kAdmin, std::move(method), std::move(target), std::move(body), std::move(headers));
    EXPECT_EQ(response.status, status) << what << ": " << response.body;
    return response.body.empty() ? boost::json::value() : boost::json::parse(response.body);
  }

  // "track_id" and the like, of each element.
  static std::vector<std::string> all(std::string_view name, const boost::json::value& list) {
    std::vector<std::string> found;
    for (const boost::json::value& one : list.as_array()) found.emplace_back(one.at(name).as_string());
    return found;
  }

  // Where the one error of a 422 stands: "body.limit".
  static std::string place(const boost::json::value& answer) {
    const boost::json::array& errors = answer.at("detail").as_array();
    if (errors.size() != 1) return "not one error";
    std::string text;
    for (const boost::json::value& part : errors[0].at("loc").as_array()) {
      text += text.empty() ? "" : ".";
      text += part.is_string() ? std::string(part.as_string()) : std::to_string(part.to_number<std::int64_t>());
    }
    return text;
  }

  std::filesystem::path folder;
  config::Settings settings;
  base::ManualClock clock{1'714'564'800'000};  // 2024-05-01T12:00:00Z
  telemetry::Metrics metrics;
  store::DatabasePlace database_place;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<KnownCallers> callers;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<Idempotency> idempotency;
  StreamCount streams;
  std::unique_ptr<AudioAnalysis> audio;
  std::unique_ptr<Service> service;
};

}  // namespace mla::http
