// Simulated experiments, 200 each: what is claimed of nothing, and what is seen of something.
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "serving/experiments/assignment.h"
#include "serving/experiments/difference.h"
#include "serving/experiments/sequential.h"

namespace mla::experiments {
namespace {

constexpr int kSeeds = 200;

// At most 5 % are to be false: more than this many of 200 come by chance less than once in 1,000 (binomial).
constexpr int kMostFalse = 20;

// Listeners differ: each skips with a rate of its own around `rate` and hears between 1 and 12 items.
std::vector<Tally> listeners(base::Random& random, int count, double rate) {
  std::vector<Tally> all;
  for (int i = 0; i < count; ++i) {
    const double own = std::clamp(rate + .3 * (random.uniform() - .5), 0.0, 1.0);
    Tally one;
    one.of = 1 + static_cast<double>(random.below(12));
    for (int j = 0; j < static_cast<int>(one.of); ++j) one.hits += random.uniform() < own ? 1 : 0;
    all.push_back(one);
  }
  return all;
}

TEST(Difference, WithoutAnEffectIsNotClaimed) {
  int claimed = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    base::Random random(static_cast<std::uint64_t>(seed) + 1);
    const Difference found = difference_of_rates(listeners(random, 200, .3), listeners(random, 200, .3));
    claimed += found.low > 0 || found.high < 0 ? 1 : 0;
  }
  RecordProperty("claimed_of_200", claimed);
  EXPECT_LE(claimed, kMostFalse);
}

TEST(Difference, IsReadRight) {
  constexpr double kEffect = .1;
  int covered = 0;
  int seen = 0;
  double sum = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    base::Random random(static_cast<std::uint64_t>(seed) + 1001);
    const Difference found = difference_of_rates(listeners(random, 200, .3), listeners(random, 200, .3 + kEffect));
    covered += found.low <= kEffect && kEffect <= found.high ? 1 : 0;
    seen += found.low > 0 ? 1 : 0;
    sum += found.difference;
  }
  RecordProperty("seen_of_200", seen);
  EXPECT_GE(covered, kSeeds - kMostFalse) << "the interval holds the truth";
  EXPECT_GE(seen, 190) << "power for ten points with 200 listeners an arm";
  EXPECT_NEAR(sum / kSeeds, kEffect, .01);
}

TEST(Difference, ListenersAreTheUnit) {
  // Each listener does the same with all of 50 items: 20 listeners know as little as 20 items.
  std::vector<Tally> some;
  for (int i = 0; i < 20; ++i) some.push_back({i % 2 == 0 ? 50.0 : 0.0, 50.0});
  const Difference found = difference_of_rates(some, some);
  EXPECT_NEAR(found.high, 1.959964 * std::sqrt(2 * .25 / 19), 1e-6);
  EXPECT_DOUBLE_EQ(found.low, -found.high);
  EXPECT_DOUBLE_EQ(found.control, .5);
}

TEST(Difference, OfNothingIsUnknown) {
  const std::vector<Tally> none;
  const std::vector<Tally> one{{1, 2}};
  const std::vector<Tally> nothing_heard{{0, 0}, {0, 0}, {0, 0}};
  const std::vector<Tally> some{{1, 2}, {0, 3}};
  for (const auto& empty : {none, one, nothing_heard}) {
    EXPECT_FALSE(difference_of_rates(empty, some).known);
    EXPECT_FALSE(difference_of_rates(some, empty).known);
    EXPECT_EQ(difference_of_rates(some, empty).high, 0);
  }
}

// First outcomes of `count` listeners as they come in, 1 of 10 treated. Looks after each one; after how many treated
// listeners the alarm came, or nothing.
struct Watched {
  bool alarm = false;
  std::size_t treated = 0;
};

Watched watch(std::uint64_t seed, int count, double control_rate, double treatment_rate, double margin) {
  base::Random random(seed);
  std::vector<double> control;
  std::vector<double> treatment;
  for (int i = 0; i < count; ++i) {
    const bool treated = random.below(10) == 0;
    const double rate = treated ? treatment_rate : control_rate;
    (treated ? treatment : control).push_back(random.uniform() < rate ? 1 : 0);
    if (treated && evidence_of_worsening(control, treatment, controls_for_one(1000), margin) >= 1 / .05)
      return {true, treatment.size()};
  }
  return {false, treatment.size()};
}

TEST(Sequential, LookingAllTheTimeRaisesNoFalseAlarms) {
  for (const double margin : {0.0, .02}) {
    int alarms = 0;
    for (int seed = 0; seed < kSeeds; ++seed)
      alarms += watch(static_cast<std::uint64_t>(seed) + 1, 10'000, .3, .3 + margin, margin).alarm ? 1 : 0;
    RecordProperty(margin > 0 ? "at_the_margin" : "no_margin", alarms);
    EXPECT_LE(alarms, kMostFalse) << "margin " << margin;
  }
}

TEST(Sequential, AWorseningIsSeen) {
  int alarms = 0;
  std::size_t treated = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Watched watched = watch(static_cast<std::uint64_t>(seed) + 501, 5000, .3, .5, .02);
    alarms += watched.alarm ? 1 : 0;
    treated += watched.treated;
  }
  RecordProperty("alarms_of_200", alarms);
  RecordProperty("treated_listeners_on_average", static_cast<int>(treated / kSeeds));
  EXPECT_GE(alarms, 190) << "power for twenty points with 500 treated listeners";
  EXPECT_LT(treated / kSeeds, 250U);
}

TEST(Sequential, AnImprovementIsNoAlarm) {
  int alarms = 0;
  for (int seed = 0; seed < kSeeds; ++seed)
    alarms += watch(static_cast<std::uint64_t>(seed) + 901, 3000, .4, .3, 0).alarm ? 1 : 0;
  EXPECT_EQ(alarms, 0);
}

TEST(Sequential, OnlyGrowsAndNeedsBothArms) {
  const std::vector<double> control(30, 0.0);
  const std::vector<double> treatment(10, 1.0);
  EXPECT_EQ(evidence_of_worsening({}, treatment, 3, 0), 1);
  EXPECT_EQ(evidence_of_worsening(control, {}, 3, 0), 1);
  double before = 1;
  for (std::size_t n = 1; n <= 10; ++n) {
    const double now = evidence_of_worsening(control, std::span(treatment).first(n), 3, 0);
    EXPECT_GT(now, before);
    before = now;
  }
  // Each bettor won ten times: the mean of (1 + share)^10.
  double expected = 0;
  for (const double share : {.05, .1, .2, .35, .5}) expected += std::pow(1 + share, 10) / 5;
  EXPECT_NEAR(before, expected, 1e-9);
  std::vector<double> relieved(treatment);
  relieved.insert(relieved.end(), 20, 0.0);
  const std::vector<double> more(90, 1.0);
  EXPECT_NEAR(evidence_of_worsening(more, relieved, 3, 0), 1, 1e-9) << "never below where it began";
}

TEST(Sequential, ControlsAreAsManyAsComeIn) {
  EXPECT_EQ(controls_for_one(1000), 9);
  EXPECT_EQ(controls_for_one(5000), 1);
  EXPECT_EQ(controls_for_one(9000), 1);
  EXPECT_EQ(controls_for_one(1), 20);
  EXPECT_EQ(controls_for_one(0), 20);
}

}  // namespace
}  // namespace mla::experiments
