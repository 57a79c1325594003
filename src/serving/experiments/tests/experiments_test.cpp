#include "serving/experiments/experiments.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <unistd.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"
#include "serving/experiments/canary.h"
#include "serving/experiments/outcomes.h"

namespace mla::experiments {
namespace {

using base::ErrorCode;
using catalog::EventType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixMillis kNow = 1'700'000'000'000;

Plan plan(std::string name = "first") {
  return {.name = std::move(name), .model = "hybrid", .control = "hybrid/1", .treatment = "hybrid/2", .treated = 5000};
}

class ExperimentsTest : public testing::Test {
 protected:
  Experiment started(const Plan& what) { return experiments_->start(what, kNow).value(); }

  void answer(const Experiment& to, const char* user, Arm arm, std::vector<const char*> items,
              base::UnixMillis time = kNow, double milliseconds = 5, bool failed = false) {
    Answered answered{base::UserId(user), arm, time, milliseconds, failed, {}};
    for (const char* item : items) answered.items.emplace_back(item);
    experiments_->note(to, answered);
    ASSERT_TRUE(experiments_->flush().ok());
  }

  void hear(const char* user, const char* item, EventType type, base::UnixMillis time) {
    catalog::Event event;
    event.user = base::UserId(user);
    event.item = base::ItemId(item);
    event.type = type;
    event.time = time;
    ASSERT_TRUE(catalog_.add_events(std::span(&event, 1), "test").ok());
  }

  Outcome outcome(const Experiment& of) {
    return outcome_of(experiments_->listeners(of, 0, 1, false).value().at(0), catalog_).value();
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  catalog::Catalog catalog_ = catalog::Catalog::open(*database_).value();
  std::unique_ptr<Experiments> experiments_ = Experiments::open(*database_).value();
};

TEST_F(ExperimentsTest, StartsListsAndEnds) {
  Plan canary = plan("small");
  canary.canary = true;
  canary.listeners = 100;
  canary.hours = 24;
  const Experiment one = started(canary);
  EXPECT_EQ(one.state, State::kRunning);
  EXPECT_EQ(one.plan.treatment, "hybrid/2");
  EXPECT_EQ(one.plan.treated, 5000);
  EXPECT_TRUE(one.plan.canary);
  EXPECT_EQ(one.plan.listeners, 100);
  EXPECT_EQ(one.plan.hours, 24);
  EXPECT_EQ(one.started, kNow);
  EXPECT_THAT(*experiments_->running(), IsEmpty()) << "nobody has looked yet";
  EXPECT_THAT(*experiments_->look().value(), SizeIs(1));
  EXPECT_TRUE(experiments_->end(one, State::kRolledBack, "worse", kNow + 5).value());
  EXPECT_FALSE(experiments_->end(one, State::kPromoted, "late", kNow + 9).value()) << "another replica was first";
  const Experiment ended = experiments_->find("small").value();
  EXPECT_EQ(ended.state, State::kRolledBack);
  EXPECT_EQ(ended.reason, "worse");
  EXPECT_EQ(ended.ended, kNow + 5);
  EXPECT_THAT(*experiments_->look().value(), IsEmpty());
  started(plan("second"));
  const std::vector<Experiment> all = experiments_->list().value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].plan.name, "second");
}

TEST_F(ExperimentsTest, WhatIsOffIsToldAndNothingStarts) {
  const auto refused = [&](const Plan& what, const char* why) {
    const auto result = experiments_->start(what, kNow);
    ASSERT_FALSE(result.ok()) << why;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(result.error().message, HasSubstr(why));
  };
  for (const char* name : {"", "two words", "line\n", "a/b"}) refused(plan(name), "no name of an experiment");
  refused(plan(std::string(65, 'a')), "no name of an experiment");
  Plan off = plan();
  for (const int treated : {-1, 0, kBuckets}) {
    off.treated = treated;
    refused(off, "a share of");
  }
  off = plan();
  off.treatment = off.control;
  refused(off, "hybrid/1 is what is served already");
  off = plan();
  off.canary = true;
  refused(off, "a canary of 0 listeners");
  EXPECT_THAT(experiments_->list().value(), IsEmpty());

  const Experiment one = started(plan());
  refused(plan("other"), "'first' runs on model 'hybrid'");
  ASSERT_TRUE(experiments_->end(one, State::kStopped, "", kNow).ok());
  refused(plan(), "already");
  EXPECT_EQ(experiments_->find("none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(experiments_->find("").error().code, ErrorCode::kNotFound);
}

TEST_F(ExperimentsTest, AListenerIsNotedOnceWithWhatWasShownFirst) {
  const Experiment one = started(plan());
  answer(one, "ana", Arm::kTreatment, {"a", "b"}, kNow, 7);
  answer(one, "ana", Arm::kTreatment, {"b", "c"}, kNow + 1000, 90, true);
  const auto again = Experiments::open(*database_).value();  // another replica, which knows nothing in memory
  again->note(one, {base::UserId("ana"), Arm::kTreatment, kNow + 2000, 50, false, {base::ItemId("a")}});
  ASSERT_TRUE(again->flush().ok());
  const std::vector<Listener> listeners = experiments_->listeners(one, 0, 10, false).value();
  ASSERT_THAT(listeners, SizeIs(1));
  EXPECT_EQ(listeners[0].arm, Arm::kTreatment);
  EXPECT_THAT(listeners[0].shown, testing::UnorderedElementsAre(testing::Pair(base::ItemId("a"), kNow),
                                                                testing::Pair(base::ItemId("b"), kNow),
                                                                testing::Pair(base::ItemId("c"), kNow + 1000)));
  const Observed observed = experiments_->observed(one).value();
  EXPECT_THAT(observed.milliseconds.treatment, ElementsAre(7));
  EXPECT_THAT(observed.failed.treatment, ElementsAre(0));
  EXPECT_THAT(observed.milliseconds.control, IsEmpty());
}

TEST_F(ExperimentsTest, WhatOneListenerCostsIsBounded) {
  const Experiment one = started(plan());
  Answered answered{base::UserId("ana"), Arm::kControl, kNow, 1, false, {}};
  for (int i = 0; i < 1000; ++i) answered.items.emplace_back("i" + std::to_string(i));
  experiments_->note(one, answered);
  ASSERT_TRUE(experiments_->flush().ok());
  answer(one, "ana", Arm::kControl, {"more"});
  EXPECT_THAT(experiments_->listeners(one, 0, 10, false).value().at(0).shown, SizeIs(Experiments::kMostItems));
}

TEST_F(ExperimentsTest, OutcomesAreWhatFollowsWithinTheWindow) {
  const Experiment one = started(plan());
  answer(one, "ana", Arm::kControl, {"a", "b", "c", "d", "e"});
  hear("ana", "a", EventType::kListen, kNow - 1);            // before it was shown
  hear("ana", "b", EventType::kSkip, kNow + 10);             // the first
  hear("ana", "b", EventType::kListen, kNow + 20);           // of one item the first counts
  hear("ana", "c", EventType::kListen, kNow + kWindow);      // in time
  hear("ana", "d", EventType::kListen, kNow + kWindow + 1);  // late
  hear("ana", "x", EventType::kSkip, kNow + 5);              // was not shown
  hear("ana", "e", EventType::kLike, kNow + 30);
  const Outcome found = outcome(one);
  EXPECT_EQ(found.shown, 5);
  EXPECT_EQ(found.heard, 2);
  EXPECT_EQ(found.skipped, 1);
  EXPECT_EQ(found.liked, 1);
  EXPECT_EQ(found.first_skipped, true);
}

TEST_F(ExperimentsTest, AnOutcomeIsWrittenOnceInTheOrderOfItsArrival) {
  const Experiment one = started(plan());
  for (const char* user : {"u1", "u2", "u3"}) answer(one, user, Arm::kControl, {"a"});
  hear("u3", "a", EventType::kSkip, kNow + 10);
  EXPECT_EQ(collect_outcomes(one, 0, 100, catalog_, *experiments_).value(), 0);
  EXPECT_THAT(experiments_->observed(one)->skipped.control, ElementsAre(1));
  hear("u1", "a", EventType::kListen, kNow + 5);
  hear("u3", "a", EventType::kListen, kNow + 1);  // arrives late: what was told stays
  ASSERT_TRUE(collect_outcomes(one, 0, 100, catalog_, *experiments_).ok());
  ASSERT_TRUE(experiments_->put_outcomes(one, std::vector<std::pair<std::int64_t, bool>>{{1, true}, {3, false}}).ok());
  EXPECT_THAT(experiments_->observed(one)->skipped.control, ElementsAre(1, 0));
}

TEST_F(ExperimentsTest, LooksAreBoundedAndGoOn) {
  const Experiment one = started(plan());
  for (const char* user : {"u1", "u2", "u3"}) {
    answer(one, user, Arm::kTreatment, {"a"});
    hear(user, "a", EventType::kListen, kNow + 10);
  }
  const std::int64_t after = collect_outcomes(one, 0, 2, catalog_, *experiments_).value();
  EXPECT_THAT(experiments_->observed(one)->skipped.treatment, SizeIs(2));
  EXPECT_EQ(collect_outcomes(one, after, 2, catalog_, *experiments_).value(), 0);
  EXPECT_THAT(experiments_->observed(one)->skipped.treatment, SizeIs(3));
}

TEST_F(ExperimentsTest, TheReportKeepsArmsApart) {
  const Experiment one = started(plan());
  for (int i = 0; i < 40; ++i) {
    const std::string user = "u" + std::to_string(i);
    const bool treated = i % 2 == 0;
    answer(one, user.c_str(), treated ? Arm::kTreatment : Arm::kControl, {"a", "b"});
    hear(user.c_str(), "a", treated ? EventType::kSkip : EventType::kListen, kNow + 10);
    if (i % 4 == 0) hear(user.c_str(), "b", EventType::kListen, kNow + 20);
  }
  const Report told = report(one, catalog_, *experiments_).value();
  EXPECT_EQ(told.control, 20);
  EXPECT_EQ(told.treatment, 20);
  EXPECT_DOUBLE_EQ(told.skip_rate.control, 0);
  EXPECT_NEAR(told.skip_rate.treatment, 20. / 30, 1e-12);
  EXPECT_GT(told.skip_rate.low, 0);
  EXPECT_DOUBLE_EQ(told.play_through.control, .5);
  EXPECT_DOUBLE_EQ(told.play_through.treatment, .25);
  EXPECT_DOUBLE_EQ(told.like_rate.treatment, 0);
}

Experiment canary(int listeners = 20, int hours = 1) {
  Experiment one;
  one.plan = plan();
  one.plan.canary = true;
  one.plan.listeners = listeners;
  one.plan.hours = hours;
  one.started = kNow;
  return one;
}

Series series(std::size_t count, double control, double treatment) {
  return {std::vector<double>(count, control), std::vector<double>(count, treatment)};
}

constexpr base::UnixMillis kHour = 3'600'000;

TEST(Canary, WaitsForListenersAndForTime) {
  Observed good{series(19, 0, 0), series(19, 5, 5), series(19, 0, 0)};
  EXPECT_EQ(judge(canary(), good, kNow + 2 * kHour).decision, Decision::kGoOn);
  good.skipped = series(20, 0, 0);
  EXPECT_EQ(judge(canary(), good, kNow + kHour - 1).decision, Decision::kGoOn);
  EXPECT_EQ(judge(canary(), good, kNow - kHour).decision, Decision::kGoOn) << "the clock was set back";
  const Verdict verdict = judge(canary(), good, kNow + kHour);
  EXPECT_EQ(verdict.decision, Decision::kPromote);
  EXPECT_EQ(verdict.treated, 20);
  EXPECT_THAT(verdict.reason, HasSubstr("20 listeners"));
}

TEST(Canary, EachHarmRollsBackEvenBeforeItsTime) {
  const Observed good{series(60, 0, 0), series(60, 5, 5), series(60, 0, 0)};
  const auto verdict = [&](const auto& change) {
    Observed observed = good;
    change(observed);
    return judge(canary(), observed, kNow);
  };
  const Verdict skips = verdict([](Observed& o) { o.skipped = series(60, 0, 1); });
  EXPECT_EQ(skips.decision, Decision::kRollBack);
  EXPECT_THAT(skips.reason, HasSubstr("skip rate got worse"));
  const Verdict slow = verdict([](Observed& o) { o.milliseconds = series(60, 5, 900); });
  EXPECT_EQ(slow.decision, Decision::kRollBack);
  EXPECT_THAT(slow.reason, HasSubstr("latency"));
  const Verdict failed = verdict([](Observed& o) { o.failed = series(20, 0, 1); });
  EXPECT_EQ(failed.decision, Decision::kRollBack);
  EXPECT_THAT(failed.reason, HasSubstr("error rate"));
  EXPECT_EQ(verdict([](Observed& o) { o.milliseconds = series(60, 5, 14); }).decision, Decision::kGoOn)
      << "nine milliseconds more are no harm";
}

TEST_F(ExperimentsTest, APersonIsToldAndForgotten) {
  const Experiment first = started(plan());
  answer(first, "ana", Arm::kTreatment, {"a", "b"}, kNow, 7, true);
  answer(first, "bob", Arm::kControl, {"a"});
  experiments_->note(first, {base::UserId("ana"), Arm::kTreatment, kNow + 5, 9, false, {base::ItemId("c")}});  // waits
  const auto told = experiments_->of(base::UserId("ana")).value();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].experiment, "first");
  EXPECT_EQ(told[0].arm, Arm::kTreatment);
  EXPECT_EQ(told[0].milliseconds, 7);
  EXPECT_TRUE(told[0].failed);
  EXPECT_THAT(told[0].shown, ElementsAre(std::pair(base::ItemId("a"), kNow), std::pair(base::ItemId("b"), kNow),
                                         std::pair(base::ItemId("c"), kNow + 5)));
  experiments_->note(first, {base::UserId("ana"), Arm::kTreatment, kNow + 6, 9, false, {base::ItemId("d")}});
  EXPECT_TRUE(experiments_->erase(base::UserId("ana")).value());
  ASSERT_TRUE(experiments_->flush().ok());
  EXPECT_THAT(experiments_->of(base::UserId("ana")).value(), IsEmpty());
  EXPECT_THAT(experiments_->listeners(first, 0, 10, false).value(), SizeIs(1)) << "bob stays";
  EXPECT_FALSE(experiments_->erase(base::UserId("ana")).value());
}

}  // namespace
}  // namespace mla::experiments
