#include "learning/training/auto/race.h"

#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using State = RaceRow::State;

// Fake algorithms: quality, seconds on all users, bytes. The clock moves as they are fitted.
struct Fake {
  double quality = 0;
  double seconds = 1;
  std::int64_t bytes = 100;
  base::ErrorCode fails = base::ErrorCode::kInternal;  // kInternal: does not
  double score_ms = 1;
  double answer_ms = 1;
};

class FakeTrials final : public Trials {
 public:
  explicit FakeTrials(std::map<std::string, Fake> fakes) : fakes_(std::move(fakes)) {}

  base::Result<Judgement> run(const Candidate& candidate, double share, double seconds) override {
    const Fake& fake = fakes_.at(candidate.label());
    calls.push_back(candidate.label() + (share < 1 ? " small" : ""));
    if (fake.fails != base::ErrorCode::kInternal) return base::Error{fake.fails, "does not fit"};
    if (fake.seconds * share > seconds) {
      now += seconds;
      return base::Error{base::ErrorCode::kTooLarge, "stopped"};
    }
    now += fake.seconds * share;
    // Users differ, and so does what the candidates make of them; the mean is the quality.
    const double wave = 0.02;
    return Judgement{{fake.quality + wave, fake.quality - wave, fake.quality + wave, fake.quality - wave},
                     fake.seconds * share,
                     fake.score_ms,
                     fake.bytes,
                     fake.answer_ms};
  }
  void keep(const Candidate& candidate) override { kept[candidate.algorithm] = candidate.label(); }

  Budget budget(double seconds) {
    return Budget(seconds, [this] { return now; });
  }

  std::vector<std::string> calls;
  std::map<std::string, std::string> kept;
  double now = 0;

 private:
  std::map<std::string, Fake> fakes_;
};

Candidate with(const std::string& algorithm, double size) { return {algorithm, {{"size", size}}}; }

std::vector<RaceRow> run(const std::vector<Candidate>& candidates, FakeTrials& trials, double seconds,
                         const RaceOptions& options = {}) {
  const Budget budget = trials.budget(seconds);
  return race(candidates, trials, budget, options).value();
}

TEST(Paired, IsTheMeanDifferenceAndItsStandardError) {
  // Differences 1, 3, 2, 2: mean 2, variance 0.5, standard error sqrt(0.5 / 4).
  const std::vector<double> a = {2, 5, 2, 4};
  const std::vector<double> b = {1, 2, 0, 2};
  EXPECT_DOUBLE_EQ(paired(a, b).mean, 2);
  EXPECT_DOUBLE_EQ(paired(a, b).error, std::sqrt(0.5 / 4));
  EXPECT_EQ(paired({}, {}).error, 0);
}

TEST(OneStandardErrorRule, ALargerModelMustEarnItsSize) {
  // Gains 0.1, 0.1, 0.1, -0.1: mean 0.05, standard deviation sqrt(0.0075), error 0.0433: one error is beaten.
  const Judgement small{{0.2, 0.2, 0.2, 0.2}, 1, 1, 100};
  Judgement large{{0.3, 0.3, 0.3, 0.1}, 1, 1, 121};
  EXPECT_TRUE(prefers(large, small));
  // Gains 0.1, 0.1, -0.1, -0.02: mean 0.02, error 0.0429: not.
  large.ndcg = {0.3, 0.3, 0.1, 0.18};
  EXPECT_FALSE(prefers(large, small));
  EXPECT_TRUE(prefers(small, large));
}

TEST(OneStandardErrorRule, OfAboutTheSameSizeTheBetterWins) {
  const Judgement a{{0.2, 0.2, 0.2, 0.2}, 1, 1, 100};
  const Judgement b{{0.3, 0.3, 0.1, 0.18}, 1, 1, 119};
  EXPECT_TRUE(prefers(b, a));
  EXPECT_FALSE(prefers(a, b));
  EXPECT_FALSE(prefers(a, a));  // first come, first served
}

TEST(Race, FindsTheBestAndTheRepresentativeOfEachAlgorithm) {
  FakeTrials trials({{"a size=1", {.quality = 0.1}},
                     {"a size=2", {.quality = 0.3, .bytes = 200}},
                     {"b size=1", {.quality = 0.2}},
                     {"b size=2", {.quality = 0.2, .bytes = 200}}});
  const auto rows = run({with("a", 1), with("b", 1), with("a", 2), with("b", 2)}, trials, 100);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(best_row(rows), 2U);
  EXPECT_DOUBLE_EQ(rows[2].ndcg, 0.3);
  EXPECT_NEAR(rows[2].error, 0.01, 1e-12);
  EXPECT_FALSE(rows[0].representative);
  EXPECT_TRUE(rows[1].representative);
  EXPECT_TRUE(rows[2].representative);
  EXPECT_FALSE(rows[3].representative);  // not better, and larger
  EXPECT_EQ(trials.kept["a"], "a size=2");
  EXPECT_EQ(trials.kept["b"], "b size=1");
}

TEST(Race, HalvesEachAlgorithmAndDropsTheHopeless) {
  FakeTrials trials({{"a size=1", {.quality = 0.10}},
                     {"a size=2", {.quality = 0.30}},
                     {"a size=3", {.quality = 0.25}},
                     {"b size=1", {.quality = 0.16}},
                     {"c size=1", {.quality = 0.14}}});
  const auto rows =
      run({with("a", 1), with("b", 1), with("c", 1), with("a", 2), with("a", 3)}, trials, 100, {.shares = {0.25, 1}});
  EXPECT_THAT(trials.calls, ElementsAre("a size=1 small", "b size=1 small", "c size=1 small", "a size=2 small",
                                        "a size=3 small", "a size=2", "b size=1", "a size=3"));
  EXPECT_EQ(rows[0].state, State::kBeaten);
  EXPECT_EQ(rows[2].state, State::kBeaten);
  EXPECT_EQ(rows[2].share, 0.25);
  EXPECT_THAT(rows[2].note, HasSubstr("25 % of the users"));
  EXPECT_EQ(best_row(rows), 3U);
  EXPECT_EQ(rows[3].share, 1);
}

TEST(Race, KeepsTimeBackForTheRefit) {
  // 4 s are spent on a; its refit is planned with 1.2 · 4 s; of 10 s that leaves 1.2 s: enough to begin b, which is
  // stopped when they are gone.
  FakeTrials trials({{"a size=1", {.quality = 0.1, .seconds = 4}}, {"b size=1", {.quality = 0.2, .seconds = 2}}});
  const auto rows = run({with("a", 1), with("b", 1)}, trials, 10);
  EXPECT_EQ(rows[0].state, State::kJudged);
  EXPECT_EQ(rows[1].state, State::kFailed);
  EXPECT_EQ(rows[1].note, "stopped");
  EXPECT_DOUBLE_EQ(trials.now, 4.6);  // one trial takes half of what is left
  EXPECT_EQ(best_row(rows), 0U);
}

TEST(Race, KeepsTimeBackToWeighAnEnsembleOfTwoKinds) {
  // Two kinds of 1 s each, scored for 1000 listeners in 1 ms: 2 · 2 · 1000 · 1.2 ms and 2 refits of 1.2 s each are kept
  // back of the 18 s that are left, which leaves 10.8 s, and the third takes half of them at most.
  FakeTrials trials({{"a size=1", {.quality = 0.1}},
                     {"b size=1", {.quality = 0.2}},
                     {"c size=1", {.quality = 0.3, .seconds = 1000}}});
  const auto candidates = {with("a", 1), with("b", 1), with("c", 1)};
  run(candidates, trials, 20, {.shares = {1}, .listeners_blended = 1000});
  EXPECT_DOUBLE_EQ(trials.now, 2 + 0.5 * 10.8);
}

TEST(Race, WhatCannotBeFittedInTimeHoldsNothingUp) {
  // a is the best and took 6 s on a quarter: fitting it on all would take 1.2 · 24 s, and 14 s are left.
  FakeTrials trials({{"a size=1", {.quality = 0.3, .seconds = 24}},
                     {"b size=1", {.quality = 0.2, .seconds = 1}},
                     {"c size=1", {.quality = 0.25, .seconds = 1}}});
  const auto rows = run({with("a", 1), with("b", 1), with("c", 1)}, trials, 20, {.shares = {0.25, 1}});
  EXPECT_THAT(trials.calls, ElementsAre("a size=1 small", "b size=1 small", "c size=1 small", "c size=1", "b size=1"));
  EXPECT_EQ(rows[0].state, State::kNoTime);
  EXPECT_TRUE(rows[0].out_of_reach);
  EXPECT_EQ(best_row(rows), 2U);
  EXPECT_DOUBLE_EQ(refit_seconds(rows[0], 1), 1.2 * 24);
  EXPECT_DOUBLE_EQ(refit_seconds(rows[2], 2), 2.4);
  EXPECT_EQ(best_row(rows, 1, 1.2), 2U);
  EXPECT_EQ(best_row(rows, 1, 1.1), std::string::npos);
}

TEST(Race, WhatCouldBeFittedInTimeStillCanBeAtTheEnd) {
  // 1.2 · 4 s of 20 s stay back for a, however little is left, though b takes whatever it can get.
  FakeTrials trials({{"a size=1", {.quality = 0.3, .seconds = 4}},
                     {"b size=1", {.quality = 0.1, .seconds = 1000}},
                     {"c size=1", {.quality = 0.1, .seconds = 1000}},
                     {"d size=1", {.quality = 0.1, .seconds = 1000}},
                     {"e size=1", {.quality = 0.1, .seconds = 1000}}});
  const auto rows = run({with("a", 1), with("b", 1), with("c", 1), with("d", 1), with("e", 1)}, trials, 20);
  EXPECT_LE(trials.now, 20 - 4.8);
  EXPECT_EQ(best_row(rows, 1, 20 - trials.now), 0U);
  EXPECT_FALSE(rows[0].out_of_reach);
}

TEST(Race, TheBestThatCanBeFittedInTimeIsTaken) {
  FakeTrials trials({{"a size=1", {.quality = 0.3, .seconds = 5}}, {"b size=1", {.quality = 0.2, .seconds = 1}}});
  const auto rows = run({with("a", 1), with("b", 1)}, trials, 100);
  EXPECT_EQ(best_row(rows), 0U);
  EXPECT_EQ(best_row(rows, 1, 6.1), 0U);
  EXPECT_EQ(best_row(rows, 1, 5.9), 1U);
}

TEST(Race, DoesNotStartWhatWouldNotEnd) {
  // On a quarter of the users 2 s: all of them would take 8 s, and 6 s are left.
  FakeTrials trials({{"a size=1", {.quality = 0.1, .seconds = 8}}, {"b size=1", {.quality = 0.09, .seconds = 1}}});
  const auto rows = run({with("a", 1), with("b", 1)}, trials, 8, {.shares = {0.25, 1}, .serving = {}, .refits = 0});
  EXPECT_EQ(rows[0].state, State::kNoTime);
  EXPECT_THAT(rows[0].note, HasSubstr("would take 8 s of 6 s left"));
  EXPECT_EQ(best_row(rows), 1U);
}

TEST(Race, DoesNotStartTheNextOfAKindThatTookLongerThanWhatIsLeft) {
  // a took 6 of 18 s and 7.2 s are kept back for its refit: its next candidate is not begun in the 4.8 s left, b is.
  FakeTrials trials({{"a size=1", {.quality = 0.1, .seconds = 6}},
                     {"a size=2", {.quality = 0.3, .seconds = 6}},
                     {"b size=1", {.quality = 0.2, .seconds = 1}}});
  const auto rows = run({with("a", 1), with("a", 2), with("b", 1)}, trials, 18);
  EXPECT_EQ(rows[1].state, State::kNoTime);
  EXPECT_THAT(rows[1].note, HasSubstr("would take 6 s of"));
  EXPECT_THAT(trials.calls, ElementsAre("a size=1", "b size=1"));
  EXPECT_EQ(best_row(rows), 2U);
}

TEST(Race, WithoutTimeJudgesNobody) {
  FakeTrials trials({{"a size=1", {.quality = 0.1}}});
  const auto rows = run({with("a", 1)}, trials, 0);
  EXPECT_TRUE(trials.calls.empty());
  EXPECT_EQ(rows[0].state, State::kNoTime);
  EXPECT_EQ(best_row(rows), std::string::npos);
}

TEST(Race, FallsBackToTheShareThatWasReached) {
  FakeTrials trials({{"a size=1", {.quality = 0.1, .seconds = 8}}, {"b size=1", {.quality = 0.2, .seconds = 8}}});
  const auto rows = run({with("a", 1), with("b", 1)}, trials, 8, {.shares = {0.25, 1}, .serving = {}, .refits = 0});
  ASSERT_EQ(best_row(rows), 1U);
  EXPECT_EQ(rows[1].share, 0.25);
}

TEST(Race, TakesNoAccountOfWhatServingCannotAfford) {
  FakeTrials trials({{"a size=1", {.quality = 0.9, .answer_ms = 3}},
                     {"b size=1", {.quality = 0.8, .bytes = 1000}},
                     {"c size=1", {.quality = 0.1}}});
  const auto rows = run({with("a", 1), with("b", 1), with("c", 1)}, trials, 100,
                        {.shares = {1}, .serving = {.milliseconds = 2, .bytes = 999}});
  EXPECT_EQ(rows[0].state, State::kTooCostly);
  EXPECT_EQ(rows[1].state, State::kTooCostly);
  EXPECT_EQ(best_row(rows), 2U);
}

// Forms "half" and "fast" of a candidate, in that order.
Candidate with_forms(const std::string& algorithm, double size) {
  Candidate candidate = with(algorithm, size);
  candidate.lighter = {{{"form", std::string("half")}}, {{"form", std::string("fast")}}};
  return candidate;
}

TEST(Race, TriesLighterFormsOfWhatServingCannotAfford) {
  FakeTrials trials({{"a size=1", {.quality = 0.5, .bytes = 1000}},
                     {"a form=half size=1", {.quality = 0.5, .bytes = 500}},
                     {"b size=1", {.quality = 0.4, .bytes = 100, .answer_ms = 9}},
                     {"b form=half size=1", {.quality = 0.4, .bytes = 50, .answer_ms = 9}},
                     {"b form=fast size=1", {.quality = 0.39, .bytes = 80, .answer_ms = 1}},
                     {"c size=1", {.quality = 0.3}}});
  const auto rows = run({with_forms("a", 1), with_forms("b", 1), with_forms("c", 1)}, trials, 100,
                        {.shares = {1}, .serving = {.milliseconds = 2, .bytes = 600}});
  // c can be afforded as it is, and the smaller a too: nothing more is tried of them.
  EXPECT_THAT(trials.calls, ElementsAre("a size=1", "a form=half size=1", "b size=1", "b form=half size=1",
                                        "b form=fast size=1", "c size=1"));
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].state, State::kTooCostly);
  EXPECT_EQ(rows[best_row(rows)].candidate.label(), "a form=half size=1");
  EXPECT_EQ(trials.kept["a"], "a form=half size=1");
  EXPECT_EQ(trials.kept["b"], "b form=fast size=1");
}

TEST(Race, ALighterFormThatIsStillTooLargeIsTheLast) {
  FakeTrials trials({{"a size=1", {.quality = 0.5, .bytes = 1000}},
                     {"a form=half size=1", {.quality = 0.5, .bytes = 700}},
                     {"b size=1", {.quality = 0.1}}});
  const auto rows = run({with_forms("a", 1), with("b", 1)}, trials, 100, {.shares = {1}, .serving = {.bytes = 600}});
  EXPECT_THAT(trials.calls, ElementsAre("a size=1", "a form=half size=1", "b size=1"));
  EXPECT_EQ(rows[best_row(rows)].candidate.label(), "b size=1");
}

TEST(Race, ALighterFormMustEarnItsSizeLikeAnyOther) {
  // Large in floats, and no better than the small model in halves: those who lose by it do not choose it.
  FakeTrials trials({{"a size=1", {.quality = 0.400, .bytes = 100}},
                     {"a size=2", {.quality = 0.500, .bytes = 1000}},
                     {"a form=half size=2", {.quality = 0.400, .bytes = 500}}});
  const auto rows = run({with("a", 1), with_forms("a", 2)}, trials, 100, {.shares = {1}, .serving = {.bytes = 600}});
  EXPECT_EQ(rows[best_row(rows)].candidate.label(), "a size=1");
}

TEST(Race, LighterFormsGoOnToTheNextShare) {
  FakeTrials trials({{"a size=1", {.quality = 0.5, .bytes = 1000}},
                     {"a form=half size=1", {.quality = 0.5, .bytes = 500}},
                     {"b size=1", {.quality = 0.4}}});
  const auto rows =
      run({with_forms("a", 1), with("b", 1)}, trials, 100, {.shares = {0.25, 1}, .serving = {.bytes = 600}});
  EXPECT_THAT(trials.calls, ElementsAre("a size=1 small", "a form=half size=1 small", "b size=1 small",
                                        "a form=half size=1", "b size=1"));
  EXPECT_EQ(rows[best_row(rows)].candidate.label(), "a form=half size=1");
  EXPECT_EQ(rows[best_row(rows)].share, 1);
}

TEST(Race, GoesOnWithoutThoseThatFail) {
  FakeTrials trials(
      {{"a size=1", {.quality = 0.9, .fails = base::ErrorCode::kUnsupported}}, {"b size=1", {.quality = 0.1}}});
  const auto rows = run({with("a", 1), with("b", 1)}, trials, 100);
  EXPECT_EQ(rows[0].state, State::kFailed);
  EXPECT_EQ(rows[0].note, "does not fit");
  EXPECT_EQ(best_row(rows), 1U);
}

TEST(Race, EndsWhenItIsCancelled) {
  FakeTrials trials({{"a size=1", {.fails = base::ErrorCode::kCancelled}}, {"b size=1", {.quality = 0.1}}});
  const Budget budget = trials.budget(100);
  const auto result = race({with("a", 1), with("b", 1)}, trials, budget, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, base::ErrorCode::kCancelled);
  EXPECT_EQ(trials.calls.size(), 1U);
}

TEST(Race, WhereAllAreEqualTheFirstWins) {
  FakeTrials trials({{"a size=1", {.quality = 0.2}}, {"b size=1", {.quality = 0.2}}, {"a size=2", {.quality = 0.2}}});
  const auto rows = run({with("a", 1), with("b", 1), with("a", 2)}, trials, 100);
  EXPECT_EQ(best_row(rows), 0U);
}

}  // namespace
}  // namespace mla::training
