#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "foundation/store/tests/fresh_database.h"
#include "learning/training/sources.h"
#include "learning/training/trainer.h"
#include "serving/recommend/recommend.h"
#include "serving/recommend/tests/fixture.h"

namespace mla::recommend {

// A catalogue and a hybrid trained from it, published and loaded as a server does: 80 listeners, each of two of four
// styles, 25 tracks a style by five artists, tagged with their style. A listener played ten tracks of the first style
// 200 to 300 days before kNow and ten of the second in the last 40 days. Tracks are "s<style>-<nn>", artists
// "a<style>-<n>", listeners "u0" …; even tracks have a file.
class TrainedWorld {
 public:
  static constexpr int kStyles = 4;
  static constexpr int kTracks = 25;
  // Weights are given: on so little data, learnt ones hang on chance.
  inline static const training::ParameterMap kModel = {{"parts", std::string("ease,ials,content")},
                                                       {"ease.weight", 0.5},
                                                       {"ials.weight", 1.0},
                                                       {"content.weight", 0.5},
                                                       {"ials.factors", 8.0},
                                                       {"ials.epochs", 5.0}};

  TrainedWorld() : database_(store::fresh_database()), catalog(catalog::Catalog::open(*database_).value()) {
    std::vector<catalog::Item> items;
    for (int style = 0; style < kStyles; ++style) {
      for (int track = 0; track < kTracks; ++track) {
        catalog::Item item;
        item.id = base::ItemId(id(style, track));
        item.title = "Song " + item.id.str();
        item.artist = "a" + std::to_string(style) + "-" + std::to_string(track % 5);
        item.tags = {{"style " + std::to_string(style), 3}, {"sub " + std::to_string(style * 5 + track % 5), 1}};
        if (track % 2 == 0) item.path = "/music/" + item.id.str() + ".flac";
        items.push_back(std::move(item));
      }
    }
    catalog.put_items(items).value();
    base::Random random(5);
    std::vector<catalog::Event> events;
    for (int user = 0; user < 80; ++user) {
      const int old_style = user % kStyles;
      const int new_style = (user + 1 + user / kStyles % 3) % kStyles;
      for (int i = 0; i < 10; ++i) {
        add(events, user, old_style, random, days_ago(200 + static_cast<int>(random.below(100))));
        add(events, user, new_style, random, days_ago(1 + static_cast<int>(random.below(40))));
      }
    }
    write(events);
    base::ThreadPool pool(2);
    base::SilentProgress progress;
    const base::CancelFlag cancel;
    base::Work work{pool, progress, cancel};
    const auto trained = training::train(training::load_catalog(catalog, work).value(), "hybrid", kModel, work).value();
    artifact::Writer writer;
    training::save_bundle(trained, writer).value();
    artifact::Description description;
    description.id = "hybrid";
    description.model_type = "recommendation";
    static std::atomic<int> counter{0};
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("mla-trained-" + std::to_string(::getpid()) + "-" + std::to_string(counter++));
    const auto published = artifact::publish(folder_, description, writer).value();
    bundle = training::load_bundle(artifact::Reader::open(published.folder).value()).value();
    facts_ = std::make_unique<FactsCache>(catalog, bundle);
  }
  ~TrainedWorld() { std::filesystem::remove_all(folder_); }
  TrainedWorld(const TrainedWorld&) = delete;

  static std::string id(int style, int track) {
    return "s" + std::to_string(style) + "-" + std::string(track < 10 ? "0" : "") + std::to_string(track);
  }

  void write(const std::vector<catalog::Event>& events) { catalog.add_events(events, "test").value(); }

  Answer ask(const Request& request) {
    return recommend(request, catalog, bundle, *bundle.model, *facts_, opinions_, {}, kNow).value();
  }

  static Request request(const std::string& user, int limit = 20) {
    Request request;
    request.user = base::UserId(user);
    request.limit = limit;
    return request;
  }

 private:
  static void add(std::vector<catalog::Event>& events, int user, int style, base::Random& random,
                  base::UnixMillis time) {
    catalog::Event event;
    event.user = base::UserId("u" + std::to_string(user));
    event.item = base::ItemId(id(style, static_cast<int>(kTracks * random.uniform() * random.uniform())));
    event.time = time;
    events.push_back(event);
  }

  std::unique_ptr<store::Database> database_;
  std::filesystem::path folder_;
  OpinionCache opinions_;
  std::unique_ptr<FactsCache> facts_;

 public:
  catalog::Catalog catalog;
  training::Bundle bundle;
};

inline std::vector<std::string> ids(const Answer& answer) {
  std::vector<std::string> ids;
  for (const Recommendation& one : answer.recommendations) ids.push_back(one.track_id.str());
  return ids;
}

}  // namespace mla::recommend
