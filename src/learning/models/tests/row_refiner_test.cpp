#include "learning/models/impl/row_refiner.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "learning/models/impl/row_solver.h"

namespace mla::models::impl {
namespace {

struct Row {
  Row(std::size_t n, std::size_t dims, std::uint64_t seed) : vectors(n + 3, dims), diagonal(dims), exact(dims) {
    base::Random random(seed);
    for (float& v : vectors.values()) v = static_cast<float>(random.normal());
    for (float& d : diagonal) d = static_cast<float>(1 + 50 * random.uniform());
    for (std::size_t r = 0; r < n; ++r) {
      columns.push_back(static_cast<std::int32_t>(r + (r > n / 2 ? 3 : 0)));
      weights.push_back(static_cast<float>(0.2 + 2 * random.uniform()));
    }
    RowSolver(dims).solve(view(), columns, weights, diagonal, exact);
  }

  math::ConstMatrixView view() const { return vectors.view(); }

  // What the minimiser minimises, in doubles.
  double loss(const std::vector<float>& x) const {
    double sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k) sum += static_cast<double>(diagonal[k]) * x[k] * x[k];
    for (std::size_t r = 0; r < columns.size(); ++r) {
      const auto v = vectors.row(static_cast<std::size_t>(columns[r]));
      double product = 0;
      for (std::size_t k = 0; k < x.size(); ++k) product += static_cast<double>(v[k]) * x[k];
      sum += static_cast<double>(weights[r]) * (1 - product) * (1 - product);
    }
    return sum;
  }

  math::Matrix vectors;
  std::vector<std::int32_t> columns;
  std::vector<float> weights;
  std::vector<float> diagonal;
  std::vector<float> exact;
};

// d = 1: one step from anywhere is x = c v / (D + c v²) = 2 · 3 / (0.5 + 2 · 9).
TEST(RowRefiner, OneVectorByHand) {
  math::Matrix vectors(1, 1);
  vectors(0, 0) = 3;
  const std::vector<std::int32_t> columns{0};
  const std::vector<float> weights{2};
  const std::vector<float> diagonal{0.5F};
  for (const float start : {0.0F, -4.0F, 100.0F}) {
    std::vector<float> x{start};
    ASSERT_TRUE(RowRefiner(1).refine(std::as_const(vectors).view(), columns, weights, diagonal, 1, x));
    EXPECT_NEAR(x[0], 6 / 18.5, 1e-5) << start;
  }
}

// One vector and the first step from 0 along D⁻¹v, by hand: x = s D⁻¹v with s = c / (1 + c v·D⁻¹v), the minimiser.
TEST(RowRefiner, OneStepIsEnoughForOneVector) {
  math::Matrix vectors(1, 2);
  vectors(0, 0) = 1;
  vectors(0, 1) = 2;
  const std::vector<std::int32_t> columns{0};
  const std::vector<float> weights{3};
  const std::vector<float> diagonal{0.5F, 4};
  std::vector<float> x(2);
  ASSERT_TRUE(RowRefiner(2).refine(std::as_const(vectors).view(), columns, weights, diagonal, 1, x));
  // v·D⁻¹v = 1 / .5 + 4 / 4 = 3, s = 3 / 10
  EXPECT_NEAR(x[0], 0.3 * 2, 1e-6);
  EXPECT_NEAR(x[1], 0.3 * 0.5, 1e-6);
}

// Odd numbers of rows and dimensions: groups of four rows and whole vectors have rests.
TEST(RowRefiner, EnoughStepsReachTheExactSolution) {
  for (const std::size_t dims : {1U, 3U, 8U, 13U, 33U}) {
    for (const std::size_t n : {1U, 2U, 4U, 5U, 7U, 40U}) {
      const Row row(n, dims, 31 * n + dims);
      std::vector<float> x(dims, 0.25F);
      ASSERT_TRUE(RowRefiner(dims).refine(row.view(), row.columns, row.weights, row.diagonal, 60, x));
      for (std::size_t k = 0; k < dims; ++k) EXPECT_NEAR(x[k], row.exact[k], 1e-4) << dims << " " << n;
    }
  }
}

TEST(RowRefiner, EachStepLowersTheLoss) {
  const Row row(30, 20, 5);
  double before = row.loss(std::vector<float>(20, 0.5F));
  for (int steps = 1; steps <= 5; ++steps) {
    std::vector<float> x(20, 0.5F);
    ASSERT_TRUE(RowRefiner(20).refine(row.view(), row.columns, row.weights, row.diagonal, steps, x));
    const double after = row.loss(x);
    EXPECT_LT(after, before) << steps;
    before = after;
  }
  EXPECT_GE(before, row.loss(row.exact) - 1e-4);
}

TEST(RowRefiner, StaysAtTheSolutionAndForgetsARowWithoutVectors) {
  const Row row(6, 10, 9);
  std::vector<float> x = row.exact;
  ASSERT_TRUE(RowRefiner(10).refine(row.view(), row.columns, row.weights, row.diagonal, 3, x));
  for (std::size_t k = 0; k < 10; ++k) EXPECT_NEAR(x[k], row.exact[k], 1e-5);
  ASSERT_TRUE(RowRefiner(10).refine(row.view(), {}, {}, row.diagonal, 3, x));
  EXPECT_EQ(x, std::vector<float>(10, 0.0F));
}

TEST(RowRefiner, ZeroVectorsAndZeroWeightsGiveZero) {
  math::Matrix vectors(2, 5);
  vectors(1, 2) = 1;
  const std::vector<std::int32_t> columns{0, 1};
  const std::vector<float> weights{3, 0};
  const std::vector<float> diagonal(5, 1.0F);
  std::vector<float> x(5);
  ASSERT_TRUE(RowRefiner(5).refine(std::as_const(vectors).view(), columns, weights, diagonal, 2, x));
  EXPECT_EQ(x, std::vector<float>(5, 0.0F));
}

TEST(RowRefiner, SaysSoWhenFloatsAreNotEnough) {
  math::Matrix vectors(1, 4);
  for (float& v : vectors.values()) v = std::numeric_limits<float>::max();
  const std::vector<std::int32_t> columns{0};
  const std::vector<float> weights{1e9F};
  const std::vector<float> diagonal(4, 1e-6F);
  std::vector<float> x(4, std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(RowRefiner(4).refine(std::as_const(vectors).view(), columns, weights, diagonal, 2, x));
}

}  // namespace
}  // namespace mla::models::impl
