#include "front/engine/impl/answer_cache.h"

#include <cmath>
#include <functional>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "foundation/telemetry/metrics.h"
#include "front/engine/tests/engine_fixture.h"

namespace mla::engine {
namespace {

using recommend::Request;

TEST(AnswerCacheKey, EveryWordOfTheRequestIsPartOfIt) {
  const std::function<void(Request&)> changes[] = {
      [](Request&) {},
      [](Request& r) { r.user = base::UserId("u"); },
      [](Request& r) { r.reference_tracks = {"a"}; },
      [](Request& r) {
        r.reference_tracks = {"a", "b"};
      },
      [](Request& r) { r.reference_tracks = {"a\nb"}; },
      [](Request& r) { r.reference_tracks = {""}; },
      [](Request& r) { r.less_like = {"a"}; },
      [](Request& r) { r.context.time_of_day = ""; },
      [](Request& r) { r.context.time_of_day = "evening"; },
      [](Request& r) { r.context.day_of_week = "evening"; },
      [](Request& r) { r.context.user_mood = "evening"; },
      [](Request& r) { r.context.listening_history = false; },
      [](Request& r) { r.algorithm = "ials"; },
      [](Request& r) { r.knobs.diversity_factor = 0.30000000000000004; },
      [](Request& r) { r.knobs.novelty_factor = 0.3; },
      [](Request& r) { r.knobs.popularity_bias = 0.2; },
      [](Request& r) { r.knobs.temporal_decay = 0.2; },
      [](Request& r) { r.limit = 21; },
      [](Request& r) { r.mode = recommend::Mode::kFamiliar; },
      [](Request& r) { r.mode = recommend::Mode::kDiscover; },
      [](Request& r) { r.owned_only = true; },
      [](Request& r) { r.clean = true; },
      [](Request& r) { r.remember_shown = false; },
  };
  std::set<std::string> keys;
  for (const auto& change : changes) {
    Request request;
    change(request);
    keys.insert(AnswerCache::key(request, "hybrid/1", 1, {1, 1}));
  }
  keys.insert(AnswerCache::key({}, "hybrid/2", 1, {1, 1}));
  keys.insert(AnswerCache::key({}, "hybrid/1", 2, {1, 1}));
  keys.insert(AnswerCache::key({}, "hybrid/1", 1, {2, 1}));
  keys.insert(AnswerCache::key({}, "hybrid/1", 1, {1, 2}));
  EXPECT_EQ(keys.size(), std::size(changes) + 4);
  EXPECT_EQ(AnswerCache::key({}, "hybrid/1", 1, {1, 1}), AnswerCache::key({}, "hybrid/1", 1, {1, 1}));
}

// An engine with a trained hybrid and metrics, which tell whether a question was answered from memory.
class AnswerCacheTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    open();
    fill();
    ASSERT_TRUE(train().ok());
  }
  void open() { engine_ = Engine::open(settings_, *database_, clock_, &metrics_).value(); }

  // Asks, and says whether the answer was there.
  bool hits(const std::string& user) {
    ++questions_;
    const double before = found_;
    EXPECT_TRUE(ask(user).ok());
    found_ = std::round(metrics_.gauge(telemetry::kCacheHitRatio, {{"cache_type", "memory"}}).value() * questions_);
    return found_ > before;
  }

  telemetry::Metrics metrics_;
  double found_ = 0;
  double questions_ = 0;
};

TEST_F(AnswerCacheTest, TheSameQuestionHasTheSameAnswerFromMemory) {
  EXPECT_FALSE(hits("m-user-1"));
  const auto first = recommended("m-user-1");
  ++questions_;
  ++found_;
  EXPECT_TRUE(hits("m-user-1"));
  const auto again = ask("m-user-1").value();
  ASSERT_EQ(again.recommendations.size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(again.recommendations[i].track_id, first[i].track_id);
    EXPECT_EQ(again.recommendations[i].recommendation_reason, first[i].recommendation_reason);
  }
  EXPECT_EQ(again.model, "hybrid/1");
}

TEST_F(AnswerCacheTest, AnEventIsANewQuestionForItsListenerAlone) {
  EXPECT_FALSE(hits("m-user-1"));
  EXPECT_FALSE(hits("j-user-1"));
  // Another process has the same database.
  catalog::Catalog elsewhere = catalog::Catalog::open(*database_).value();
  const catalog::Event event = listen("m-user-1", "j3");
  ASSERT_TRUE(elsewhere.add_events({&event, 1}, "elsewhere").ok());
  EXPECT_FALSE(hits("m-user-1"));
  EXPECT_TRUE(hits("m-user-1"));
  EXPECT_TRUE(hits("j-user-1"));
}

TEST_F(AnswerCacheTest, AnItemThatChangedIsSeenAtOnceWhereverItWasWritten) {
  const std::string id = recommended("m-user-1").at(0).track_id.str();
  catalog::Catalog elsewhere = catalog::Catalog::open(*database_).value();
  catalog::Item item = *elsewhere.find_item(base::ItemId(id)).value();
  item.title = "Renamed";
  ASSERT_TRUE(elsewhere.put_items({&item, 1}).ok());
  EXPECT_EQ(recommended("m-user-1").at(0).track_name, "Renamed");
  ASSERT_TRUE(elsewhere.remove_item(item.id).value());
  for (const auto& one : recommended("m-user-1")) EXPECT_NE(one.track_id, item.id);
}

TEST_F(AnswerCacheTest, AnotherModelAndAnotherDayAnswerAnew) {
  EXPECT_FALSE(hits("m-user-1"));
  ASSERT_TRUE(train().ok());
  const base::CancelFlag cancel;
  ASSERT_TRUE(engine_->reload(cancel).ok());
  EXPECT_FALSE(hits("m-user-1"));
  EXPECT_EQ(ask("m-user-1").value().model, "hybrid/2");
  ++questions_;
  ++found_;
  clock_.advance(base::kMillisPerDay);
  EXPECT_FALSE(hits("m-user-1"));
}

TEST_F(AnswerCacheTest, WithoutRoomEveryQuestionIsAnsweredAnew) {
  settings_.cache.memory_entries = 0;
  open();
  EXPECT_FALSE(hits("m-user-1"));
  EXPECT_FALSE(hits("m-user-1"));
}

}  // namespace
}  // namespace mla::engine
