#include "learning/models/impl/short_polynomial.h"

#include <cmath>

#include <gtest/gtest.h>

namespace mla::models::impl {
namespace {

// Runge-Kutta for 2.5 time units, as bspm has it.
const std::vector<float> kFilter{1, -2.5F, 3.125F, -2.6041667F, 1.6276042F};

double value(std::span<const float> f, double x) {
  double sum = 0;
  for (std::size_t o = f.size(); o-- > 0;) sum = sum * x + f[o];
  return sum;
}

// Eigenvalues that fall like 1 / i.
std::vector<double> leading(std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 1; i <= count; ++i) values.push_back(1 / static_cast<double>(i));
  return values;
}

TEST(ShortPolynomial, IsExactOnLeadingEigenvectorsAndWithinToleranceOnTheOthers) {
  const std::vector<double> known = leading(50);
  for (const double tolerance : {1e-2, 1e-3, 1e-4}) {
    const ShortPolynomial shorter = shorten(kFilter, known, tolerance);
    ASSERT_EQ(shorter.coefficients.size(), 3U);
    ASSERT_GT(shorter.rest.size(), 0U);
    for (std::size_t i = 0; i < shorter.rest.size(); ++i) {
      EXPECT_NEAR(known[i] * value(shorter.coefficients, known[i]) + shorter.rest[i],
                  known[i] * value(kFilter, known[i]), 1e-6);
    }
    const double end = known[shorter.rest.size() - 1];
    for (double x = 0; x <= end; x += end / 100) {
      EXPECT_NEAR(x * value(shorter.coefficients, x), x * value(kFilter, x), 0.65 * tolerance) << x;
    }
  }
}

TEST(ShortPolynomial, AsksForNoMoreEigenvectorsThanTheToleranceNeeds) {
  const std::size_t loose = shorten(kFilter, leading(50), 1e-2).rest.size();
  const std::size_t tight = shorten(kFilter, leading(50), 1e-5).rest.size();
  EXPECT_LT(loose, tight);
  EXPECT_LT(tight, 50U);
}

TEST(ShortPolynomial, LeavesAFilterAsItIsThatCannotBeShortened) {
  const std::vector<float> linear{1};
  const std::vector<float> parabola{1, -1, 0.5F};
  EXPECT_EQ(shorten(linear, leading(5), 1e-3).coefficients, linear);
  EXPECT_EQ(shorten(parabola, leading(5), 1e-3).coefficients, parabola);
  const ShortPolynomial unknown = shorten(kFilter, {}, 1e-3);
  EXPECT_EQ(unknown.coefficients, kFilter);
  EXPECT_TRUE(unknown.rest.empty());
  EXPECT_EQ(shorten(kFilter, leading(1), 1e-3).coefficients, kFilter) << "the others may be as large as the first";
}

}  // namespace
}  // namespace mla::models::impl
