#include "foundation/base/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace mla::base {
namespace {

// Values from the authors' C code: SplitMix64 of seed 0 fills the state, xoshiro256** draws.
TEST(Random, DrawsTheReferenceNumbers) {
  Random random(0);
  EXPECT_EQ(random.next(), 0x99EC5F36CB75F2B4ULL);
  EXPECT_EQ(random.next(), 0xBF6E1F784956452AULL);
  EXPECT_EQ(random.next(), 0x1A5F849D4933E6E0ULL);
}

TEST(Random, SameSeedSameNumbers) {
  Random a(42), b(42), c(43);
  int differing = 0;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.next();
    ASSERT_EQ(value, b.next());
    differing += value != c.next() ? 1 : 0;
  }
  EXPECT_EQ(differing, 100);
}

TEST(Random, StreamsDifferFromEachOtherAndRepeat) {
  std::set<std::uint64_t> first;
  for (std::uint64_t index = 0; index < 1000; ++index) first.insert(Random::stream(7, index).next());
  EXPECT_EQ(first.size(), 1000u);
  EXPECT_EQ(Random::stream(7, 3).next(), Random::stream(7, 3).next());
  EXPECT_NE(Random::stream(7, 3).next(), Random::stream(8, 3).next());
}

TEST(Random, UniformStaysInRangeWithTheRightMoments) {
  Random random(1);
  constexpr int kDraws = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kDraws;
  EXPECT_NEAR(mean, 0.5, 0.003);  // 4.6 standard errors
  EXPECT_NEAR(squares / kDraws - mean * mean, 1.0 / 12, 0.001);
}

TEST(Random, BelowIsEvenlySpread) {
  Random random(2);
  std::array<int, 6> counts{};
  constexpr int kDraws = 60'000;
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(6));
  double chi_square = 0;
  for (const int count : counts) chi_square += std::pow(count - kDraws / 6.0, 2) / (kDraws / 6.0);
  EXPECT_LT(chi_square, 20.5);  // 5 degrees of freedom, p = 0.001
}

TEST(Random, BelowRejectsTheUnevenTail) {
  // 3 * 2^62 does not divide 2^64: without rejection the lowest quarter would come twice as often.
  constexpr std::uint64_t kRange = 3ULL << 62;
  Random random(3);
  int low = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::uint64_t value = random.below(kRange);
    ASSERT_LT(value, kRange);
    low += value < kRange / 3 ? 1 : 0;
  }
  EXPECT_NEAR(low / 30'000.0, 1.0 / 3, 0.02);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, NormalHasMeanZeroAndDeviationOne) {
  Random random(4);
  constexpr int kDraws = 200'000;
  double sum = 0, squares = 0;
  int beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    beyond_two += std::fabs(value) > 2 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.015);
  EXPECT_NEAR(static_cast<double>(beyond_two) / kDraws, 0.0455, 0.003);
}

TEST(Random, ShuffleKeepsTheValuesAndReachesEveryOrder) {
  Random random(5);
  std::vector<int> empty;
  random.shuffle(empty);
  EXPECT_TRUE(empty.empty());

  std::set<std::vector<int>> orders;
  for (int i = 0; i < 500; ++i) {
    std::vector<int> values{1, 2, 3, 4};
    random.shuffle(values);
    orders.insert(values);
    std::sort(values.begin(), values.end());
    ASSERT_EQ(values, (std::vector<int>{1, 2, 3, 4}));
  }
  EXPECT_EQ(orders.size(), 24u);
}

}  // namespace
}  // namespace mla::base
