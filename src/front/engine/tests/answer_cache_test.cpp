#include "front/engine/impl/answer_cache.h"

#include <cmath>
#include <functional>
#include <iterator>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/cache/tests/fake_tier.h"
#include "foundation/store/tests/database_away.h"
#include "foundation/telemetry/metrics.h"
#include "front/engine/impl/seen_versions.h"
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
      [](Request& r) {
        r.reference_tracks = {"a", "b"};
        r.references_in_order = true;
      },
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

// Two engines with one database and one shared tier, as two servers have them.
class SharedAnswersTest : public AnswerCacheTest {
 protected:
  void SetUp() override {
    AnswerCacheTest::SetUp();
    engine_ = open_with(settings_, metrics_);
    other_ = open_with(settings_, other_metrics_);
  }
  std::unique_ptr<Engine> open_with(const config::Settings& settings, telemetry::Metrics& metrics) {
    return Engine::open(settings, *database_, clock_, &metrics, &tier_).value();
  }
  base::Result<recommend::Answer> ask_other(const std::string& user) {
    recommend::Request request;
    request.user = base::UserId(user);
    request.limit = 2;
    return other_->recommend(request);
  }
  // Of the last questions to the shared tier.
  static double found(telemetry::Metrics& metrics) {
    return metrics.gauge(telemetry::kCacheHitRatio, {{"cache_type", "redis"}}).value();
  }

  cache::FakeTier tier_;
  telemetry::Metrics other_metrics_;
  std::unique_ptr<Engine> other_;
};

TEST_F(SharedAnswersTest, AnAnswerOfOneIsAHitInTheOther) {
  const recommend::Answer made = ask("m-user-1").value();
  EXPECT_EQ(found(metrics_), 0);
  ASSERT_EQ(tier_.kept.size(), 1u);
  const recommend::Answer again = ask_other("m-user-1").value();
  EXPECT_EQ(found(other_metrics_), 1);
  ASSERT_EQ(again.recommendations.size(), made.recommendations.size());
  for (std::size_t i = 0; i < made.recommendations.size(); ++i) {
    EXPECT_EQ(again.recommendations[i].track_id, made.recommendations[i].track_id);
    EXPECT_EQ(again.recommendations[i].confidence_score, made.recommendations[i].confidence_score);
    EXPECT_EQ(again.recommendations[i].recommendation_reason, made.recommendations[i].recommendation_reason);
  }
  EXPECT_EQ(again.model, made.model);
}

TEST_F(SharedAnswersTest, AnEventAndAModelAreNewQuestionsToBoth) {
  ASSERT_TRUE(ask("m-user-1").ok());
  const catalog::Event event = listen("m-user-1", "j3");
  ASSERT_TRUE(other_->add_events({&event, 1}, "test").ok());
  ASSERT_TRUE(ask_other("m-user-1").ok());
  EXPECT_EQ(found(other_metrics_), 0);
  EXPECT_EQ(tier_.kept.size(), 2u);
  ASSERT_TRUE(train().ok());
  const base::CancelFlag cancel;
  ASSERT_TRUE(other_->reload(cancel).ok());
  EXPECT_EQ(ask_other("m-user-1").value().model, "hybrid/2");
  EXPECT_EQ(found(other_metrics_), 0);
  EXPECT_EQ(tier_.kept.size(), 3u);
}

// Of a listener without events an answer tells what was shown on the days before.
TEST_F(SharedAnswersTest, NoAnswerOfBeforeAnErasureIsGivenAfterIt) {
  const auto shown = ask("somebody").value().recommendations;
  ASSERT_TRUE(engine_->reload({}).ok());  // what was shown is written
  clock_.advance(base::kMillisPerDay);
  ASSERT_NE(ask("somebody").value().recommendations.at(0).track_id, shown.at(0).track_id);
  EXPECT_TRUE(engine_->erase_listener(base::UserId("somebody")).value());
  for (const auto& answer : {ask("somebody"), ask_other("somebody")}) {
    EXPECT_EQ(answer.value().recommendations.at(0).track_id, shown.at(0).track_id) << "as to somebody new";
  }
  // Nor are those of somebody who was known, and comes back.
  ASSERT_TRUE(ask("m-user-1").ok());
  ASSERT_TRUE(engine_->erase_listener(base::UserId("m-user-1")).value());
  const catalog::Event event = listen("m-user-1", "j3");
  ASSERT_TRUE(engine_->add_events({&event, 1}, "test").ok());
  const std::size_t kept = tier_.kept.size();
  ASSERT_TRUE(ask_other("m-user-1").ok());
  EXPECT_EQ(tier_.kept.size(), kept + 1);
}

TEST_F(SharedAnswersTest, OtherSettingsAreOtherAnswers) {
  ASSERT_TRUE(ask("m-user-1").ok());
  config::Settings settings = settings_;
  settings.recommendations.items_per_artist = 1;
  other_ = open_with(settings, other_metrics_);
  ASSERT_TRUE(ask_other("m-user-1").ok());
  EXPECT_EQ(found(other_metrics_), 0);
}

// The same number may be another model where servers have folders of their own.
TEST_F(SharedAnswersTest, AnotherModelOfTheSameNameIsAnotherAnswer) {
  ASSERT_TRUE(ask("m-user-1").ok());
  config::Settings settings = settings_;
  settings.models.path = (folder_ / "elsewhere").string();
  other_ = open_with(settings, other_metrics_);
  base::ThreadPool pool(2);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel, 7};
  TrainRequest request;
  request.algorithm = "hybrid";
  ASSERT_TRUE(other_->train(request, work).ok());
  EXPECT_EQ(ask_other("m-user-1").value().model, "hybrid/1");
  EXPECT_EQ(found(other_metrics_), 0);
  EXPECT_EQ(tier_.kept.size(), 2u);
}

TEST_F(SharedAnswersTest, ATierOutOfReachIsAProblemAndNoError) {
  EXPECT_THAT(engine_->health().problems, testing::IsEmpty());
  tier_.fail("redis: connection refused");
  EXPECT_TRUE(ask("m-user-1").ok());
  EXPECT_TRUE(ask_other("m-user-1").ok());
  EXPECT_THAT(engine_->health().problems, testing::ElementsAre("redis: connection refused"));
  EXPECT_TRUE(engine_->health().healthy);
}

TEST_F(AnswerCacheTest, WithoutRoomEveryQuestionIsAnsweredAnew) {
  settings_.cache.memory_entries = 0;
  open();
  EXPECT_FALSE(hits("m-user-1"));
  EXPECT_FALSE(hits("m-user-1"));
}

// A database that can go away, as a server does.
class AwayTest : public AnswerCacheTest {
 protected:
  void SetUp() override {
    AnswerCacheTest::SetUp();
    engine_.reset();
    auto database = std::make_unique<store::DatabaseAway>(std::move(database_));
    away_ = &database->away;
    database_ = std::move(database);
    open();
  }

  std::atomic<bool>* away_ = nullptr;
};

TEST_F(AwayTest, WhatWasAnsweredBeforeIsAnsweredWithANote) {
  const auto before = ask("m-user-1").value();
  *away_ = true;
  const auto meanwhile = ask("m-user-1").value();
  ASSERT_EQ(meanwhile.recommendations.size(), before.recommendations.size());
  EXPECT_EQ(meanwhile.recommendations.at(0).track_id, before.recommendations.at(0).track_id);
  EXPECT_EQ(meanwhile.model, before.model);
  ASSERT_EQ(meanwhile.notes.size(), before.notes.size() + 1);
  EXPECT_NE(meanwhile.notes.back().find("database cannot be reached"), std::string::npos);
  *away_ = false;
  EXPECT_EQ(ask("m-user-1").value().notes, before.notes) << "the note is not kept";
}

TEST_F(AwayTest, WhatWasNotAnsweredBeforeIsBusy) {
  ASSERT_TRUE(ask("m-user-1").ok());
  *away_ = true;
  EXPECT_EQ(ask("m-user-2").error().code, base::ErrorCode::kBusy);
  EXPECT_EQ(ask("m-user-1", "no_such_model").error().code, ask("m-user-2", "no_such_model").error().code);
  const catalog::Event event = listen("m-user-1", "j3");
  EXPECT_EQ(engine_->add_events({&event, 1}, "test").error().code, base::ErrorCode::kBusy);
  clock_.advance(base::kMillisPerDay);
  EXPECT_EQ(ask("m-user-1").error().code, base::ErrorCode::kBusy) << "the answer of another day";
}

TEST_F(AwayTest, TheLastAnswerCountsNotAnOlderOne) {
  ASSERT_TRUE(ask("m-user-1").ok());
  const catalog::Event event = listen("m-user-1", "j3");
  ASSERT_TRUE(engine_->add_events({&event, 1}, "test").ok());
  const auto after = ask("m-user-1").value();
  *away_ = true;
  const auto meanwhile = ask("m-user-1").value();
  for (std::size_t i = 0; i < after.recommendations.size(); ++i) {
    EXPECT_EQ(meanwhile.recommendations.at(i).track_id, after.recommendations[i].track_id);
    EXPECT_EQ(meanwhile.recommendations.at(i).confidence_score, after.recommendations[i].confidence_score);
  }
}

TEST_F(AwayTest, WhoWasErasedIsForgottenToo) {
  ASSERT_TRUE(ask("m-user-1").ok());
  ASSERT_TRUE(engine_->erase_listener(base::UserId("m-user-1")).ok());
  *away_ = true;
  EXPECT_EQ(ask("m-user-1").error().code, base::ErrorCode::kBusy);
}

TEST_F(AwayTest, WhoWasErasedByAnotherProcessIsForgottenAtTheNextLook) {
  ASSERT_TRUE(ask("m-user-1").ok());
  ASSERT_TRUE(Engine::open(settings_, *database_, clock_).value()->erase_listener(base::UserId("m-user-1")).value());
  ASSERT_TRUE(engine_->reload({}).ok());
  *away_ = true;
  EXPECT_EQ(ask("m-user-1").error().code, base::ErrorCode::kBusy);
}

TEST(SeenVersions, AreBoundedAndTheLastOnes) {
  SeenVersions seen(2);
  seen.note(base::UserId("a"), {1, 1});
  seen.note(base::UserId("a"), {1, 2});
  EXPECT_EQ(seen.last(base::UserId("a")), (catalog::Catalog::Versions{1, 2}));
  EXPECT_EQ(seen.last(base::UserId("b")), std::nullopt);
  for (int i = 0; i < 10; ++i) seen.note(base::UserId(std::to_string(i)), {i, i});
  EXPECT_EQ(seen.last(base::UserId("a")), std::nullopt);
  EXPECT_EQ(seen.last(base::UserId("9")), (catalog::Catalog::Versions{9, 9}));
  seen.forget();
  EXPECT_EQ(seen.last(base::UserId("9")), std::nullopt);
}

}  // namespace
}  // namespace mla::engine
