#include "learning/training/bootstrap.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

TEST(Bootstrap, OfEqualValuesHasNoWidth) {
  Bench bench(1);
  const std::vector<double> values(50, 0.25);
  const Interval interval = bootstrap_means({values}, bench.work)[0];
  EXPECT_DOUBLE_EQ(interval.mean, 0.25);
  EXPECT_DOUBLE_EQ(interval.low, 0.25);
  EXPECT_DOUBLE_EQ(interval.high, 0.25);
}

TEST(Bootstrap, AgreesWithTheNormalInterval) {
  // 400 coin tosses at one half: standard error 0.5 / 20 = 0.025, so the interval is 0.5 ± 0.049.
  Bench bench(2);
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 2);
  const Interval interval = bootstrap_means({values}, bench.work)[0];
  EXPECT_DOUBLE_EQ(interval.mean, 0.5);
  EXPECT_NEAR(interval.low, 0.5 - 1.96 * 0.025, 0.006);
  EXPECT_NEAR(interval.high, 0.5 + 1.96 * 0.025, 0.006);
}

TEST(Bootstrap, OfPairedDifferencesIsNarrowerThanOfEither) {
  Bench bench(2);
  base::Random random(9);
  std::vector<double> a(300), difference(300);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = random.uniform();
    difference[i] = 0.01 + 0.001 * random.normal();
  }
  const auto intervals = bootstrap_means({a, difference}, bench.work);
  EXPECT_GT(intervals[1].low, 0.009);
  EXPECT_LT(intervals[1].high, 0.011);
  EXPECT_GT(intervals[0].high - intervals[0].low, 10 * (intervals[1].high - intervals[1].low));
}

TEST(Bootstrap, CoversTheTruthAboutNineteenTimesInTwenty) {
  Bench bench(2);
  int covered = 0;
  for (std::uint64_t round = 0; round < 600; ++round) {
    base::Random random(1000 + round);
    bench.work.seed = round;  // one set of draws for all rounds would share its error among them
    std::vector<double> values(80);
    for (double& value : values) value = random.normal();
    const Interval interval = bootstrap_means({values}, bench.work, 1000)[0];
    covered += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  // n = 80 makes the percentile bootstrap slightly narrow: about 94 %, with a standard error of 1 % over 600 rounds.
  EXPECT_GE(covered, 600 * 0.91);
  EXPECT_LE(covered, 600 * 0.98);
  RecordProperty("covered", covered);
}

TEST(Bootstrap, GivesTheSameBitsAtAnyThreadCount) {
  std::vector<double> values(123);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i));
  Bench one(1);
  Bench three(3);
  const Interval a = bootstrap_means({values}, one.work)[0];
  const Interval b = bootstrap_means({values}, three.work)[0];
  EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0);
}

TEST(Bootstrap, OfNoUsersIsZero) {
  Bench bench(1);
  EXPECT_TRUE(bootstrap_means({}, bench.work).empty());
  EXPECT_EQ(bootstrap_means({std::span<const double>()}, bench.work)[0].high, 0.0);
}

}  // namespace
}  // namespace mla::training
