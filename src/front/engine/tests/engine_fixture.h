#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/log.h"
#include "foundation/store/tests/fresh_database.h"
#include "front/engine/engine.h"

namespace mla::engine {

// Two camps of twelve listeners: one plays m0 … m9 (metal), the other j0 … j9 (jazz); each leaves out two of ten.
class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    static std::atomic<int> counter{0};
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("mla-engine-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    base::log::set_level(base::log::Level::kOff);
    settings_.models.path = (folder_ / "models").string();
    database_ = store::fresh_database();
    engine_ = Engine::open(settings_, *database_, clock_).value();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void fill() {
    std::vector<catalog::Item> items;
    std::vector<catalog::Event> events;
    for (const char* camp : {"m", "j"}) {
      for (int i = 0; i < 10; ++i) {
        catalog::Item item;
        item.id = base::ItemId(camp + std::to_string(i));
        item.title = (camp[0] == 'm' ? "Metal " : "Jazz ") + std::to_string(i);
        item.artist = "Artist " + std::to_string(i);
        item.tags = {{camp[0] == 'm' ? "metal" : "jazz", 1}};
        items.push_back(std::move(item));
      }
      for (int user = 0; user < 12; ++user) {
        for (int i = 0; i < 10; ++i) {
          if (i == user % 10 || i == (user * 3 + 1) % 10) continue;
          events.push_back(listen(camp + std::string("-user-") + std::to_string(user), camp + std::to_string(i)));
        }
      }
    }
    ASSERT_TRUE(engine_->catalog().put_items(items).ok());
    ASSERT_TRUE(engine_->add_events(events, "test").ok());
  }

  static catalog::Event listen(const std::string& user, const std::string& item) {
    catalog::Event event;
    event.user = base::UserId(user);
    event.item = base::ItemId(item);
    return event;
  }

  base::Result<TrainReport> train(const std::string& algorithm = "hybrid", const std::filesystem::path& output = {}) {
    base::ThreadPool pool(2);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    TrainRequest request;
    request.algorithm = algorithm;
    request.output_path = output;
    return engine_->train(request, work);
  }

  base::Result<recommend::Answer> ask(const std::string& user, const std::string& algorithm = "hybrid") {
    recommend::Request request;
    request.user = base::UserId(user);
    request.algorithm = algorithm;
    request.limit = 2;
    return engine_->recommend(request);
  }

  std::vector<recommend::Recommendation> recommended(const std::string& user) {
    const auto answer = ask(user);
    return answer.value().recommendations;
  }

  std::filesystem::path folder_;
  config::Settings settings_;
  base::ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace mla::engine
