#include "knowledge/audio/dsp/kernels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>

#include "foundation/base/random.h"
#include "knowledge/audio/dsp/tests/processors.h"

namespace mla::audio {
namespace {

using ::testing::FloatNear;

std::vector<float> noise(std::size_t count, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

// Every size around the vectors of any processor, so that whole vectors, what is left, and both together are met; on
// every instruction set that is here, as a smaller processor would choose it.
class Kernels : public ::testing::TestWithParam<std::tuple<std::size_t, std::int64_t>> {
 protected:
  const std::size_t size = std::get<0>(GetParam());
  const testing::OnlyOn only_on{std::get<1>(GetParam())};
  const std::vector<float> a = noise(size, 1);
  const std::vector<float> b = noise(size, 2);
  double tolerance = 1e-6 * static_cast<double>(size + 1);

  template <class Term>
  double expected(const Term& term) const {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += term(static_cast<double>(a[i]), static_cast<double>(b[i]));
    return sum;
  }
};

TEST_P(Kernels, Sums) {
  EXPECT_NEAR(dot(a, b), expected([](double x, double y) { return x * y; }), tolerance);
  EXPECT_NEAR(sum(a), expected([](double x, double) { return x; }), tolerance);
  EXPECT_NEAR(sum_above(a, 0.25F), expected([](double x, double) { return std::max(x, 0.25); }), tolerance);
  EXPECT_NEAR(spread(a, b, 0.5F), expected([](double x, double y) { return x * (y - 0.5) * (y - 0.5); }),
              4 * tolerance);
  EXPECT_NEAR(squared_distance(a, b), expected([](double x, double y) { return (x - y) * (x - y); }), 4 * tolerance);
  const auto logarithm = [](double x) { return std::log(std::max(x, double{0.1F})); };
  // What n additions of 32-bit floats may be off by.
  const double rounding =
      std::ldexp(static_cast<double>(size), -24) * expected([&](double x, double) { return std::abs(logarithm(x)); });
  EXPECT_NEAR(log_sum(a, 0.1F), expected([&](double x, double) { return logarithm(x); }), rounding + 1e-6);
}

TEST_P(Kernels, CorrelationsOfEveryLag) {
  for (const std::size_t lags : {1, 3, 4, 13}) {
    if (lags > a.size()) continue;
    std::vector<float> out(lags, 99.0F);
    correlate(a, out);
    for (std::size_t lag = 0; lag < lags; ++lag) {
      double wanted = 0;
      for (std::size_t i = 0; i + lag < a.size(); ++i) wanted += static_cast<double>(a[i]) * a[i + lag];
      EXPECT_NEAR(out[lag], wanted, 4 * tolerance) << lag << " of " << lags;
    }
  }
}

TEST_P(Kernels, FilteredByEveryOrder) {
  for (const std::size_t order : {1, 2, 13}) {
    if (order > a.size()) continue;
    const std::vector<float> taps = noise(order, 3);
    std::vector<float> out(a.size() + 1 - order, 99.0F);
    filter(a, taps, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      double wanted = 0;
      for (std::size_t j = 0; j < order; ++j) wanted += static_cast<double>(taps[j]) * a[i + j];
      ASSERT_NEAR(out[i], wanted, 1e-5) << i << " of " << out.size() << ", order " << order;
    }
  }
}

TEST_P(Kernels, Largest) {
  float largest = 0;
  for (const float value : a) largest = std::max(largest, std::abs(value));
  EXPECT_EQ(largest_magnitude(a), largest);
}

TEST_P(Kernels, Logarithms) {
  std::vector<float> out(a.size());
  log_above(a, 0.1F, out);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_THAT(out[i], FloatNear(std::log(std::max(a[i], 0.1F)), 1e-6F));
}

TEST_P(Kernels, SignChanges) {
  std::size_t changes = 0;
  for (std::size_t i = 1; i < a.size(); ++i) changes += (a[i] < -0.1F) != (a[i - 1] < -0.1F) ? 1 : 0;
  EXPECT_EQ(sign_changes(a, 0.1F), changes);
}

TEST_P(Kernels, PackedValuesComeBack) {
  std::vector<float> magnitudes(a.size());
  std::transform(a.begin(), a.end(), magnitudes.begin(), [](float value) { return std::abs(value); });
  const float peak = std::max(1.0F, largest_magnitude(a));
  std::vector<std::uint16_t> codes(a.size());
  pack(magnitudes, peak, codes);
  std::vector<float> squares(a.size());
  unpack_squared(codes, peak, squares);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(std::sqrt(squares[i]), magnitudes[i], peak / 65535);
}

TEST_P(Kernels, RoughnessIsTheSixthDifference) {
  double largest = 0;
  double total = 0;
  for (std::size_t i = 0; i + 6 < a.size(); ++i) {
    double difference = 0;
    for (const auto& [k, times] : {std::pair{0, 1}, {1, -6}, {2, 15}, {3, -20}, {4, 15}, {5, -6}, {6, 1}}) {
      difference += times * static_cast<double>(a[i + static_cast<std::size_t>(k)]);
    }
    largest = std::max(largest, std::abs(difference));
    total += std::abs(difference);
  }
  EXPECT_NEAR(roughness(a).largest, largest, 1e-4);
  EXPECT_NEAR(roughness(a).sum, total, 64 * tolerance);
}

TEST_P(Kernels, ExtremesAreTheMeansOfTheSortedEnds) {
  for (const std::size_t count : {1U, 2U, 9U, 24U, 25U, 60U}) {
    if (count > a.size()) continue;
    std::vector<float> sorted = a;
    std::sort(sorted.begin(), sorted.end());
    const auto n = static_cast<std::ptrdiff_t>(count);
    const double smallest = std::accumulate(sorted.begin(), sorted.begin() + n, 0.0) / static_cast<double>(count);
    const double largest = std::accumulate(sorted.end() - n, sorted.end(), 0.0) / static_cast<double>(count);
    EXPECT_NEAR(extremes(a, count).smallest, smallest, 1e-5) << count << " of " << a.size();
    EXPECT_NEAR(extremes(a, count).largest, largest, 1e-5) << count << " of " << a.size();
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Kernels,
                         ::testing::Combine(::testing::Values(0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65,
                                                              430, 1025),
                                            ::testing::ValuesIn(testing::instruction_sets())),
                         [](const auto& one) {
                           return std::to_string(std::get<0>(one.param)) + "_" +
                                  hwy::TargetName(std::get<1>(one.param));
                         });

TEST(Extremes, EqualValuesCountEachTime) {
  const std::vector<float> values{3, 1, 1, 1, 3, 3, 2, 2};
  EXPECT_EQ(extremes(values, 4).smallest, 1.25F);
  EXPECT_EQ(extremes(values, 4).largest, 2.75F);
}

}  // namespace
}  // namespace mla::audio
