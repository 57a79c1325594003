#include "learning/models/impl/block_refiner.h"

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

  bool refine(std::size_t block, std::vector<float>& x) const {
    return BlockRefiner(diagonal.size(), block).refine(view(), columns, weights, diagonal, x);
  }

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

// One vector (1, 2) of weight 3, D = (.5, 4), blocks of one, from (0, .25):
//   x_0 = 3 · 1 · (1 - .5) / (.5 + 3) = 3/7,  x_1 = 3 · 2 · (1 - 3/7) / (4 + 12) = 3/14.
TEST(BlockRefiner, TwoBlocksByHand) {
  math::Matrix vectors(1, 2);
  vectors(0, 0) = 1;
  vectors(0, 1) = 2;
  const std::vector<std::int32_t> columns{0};
  const std::vector<float> weights{3};
  const std::vector<float> diagonal{0.5F, 4};
  std::vector<float> x{0, 0.25F};
  ASSERT_TRUE(BlockRefiner(2, 1).refine(std::as_const(vectors).view(), columns, weights, diagonal, x));
  EXPECT_NEAR(x[0], 3.0 / 7, 1e-6);
  EXPECT_NEAR(x[1], 3.0 / 14, 1e-6);
}

TEST(BlockRefiner, OneBlockOfAllDimensionsIsTheExactSolution) {
  for (const std::size_t dims : {1U, 12U}) {
    for (const std::size_t n : {1U, 5U, 12U, 40U}) {
      const Row row(n, dims, 7 * n + dims);
      for (const std::size_t block : {dims, dims + 5}) {
        std::vector<float> x(dims, 0.4F);
        ASSERT_TRUE(row.refine(block, x));
        for (std::size_t k = 0; k < dims; ++k) EXPECT_NEAR(x[k], row.exact[k], 2e-5) << dims << " " << n;
      }
    }
  }
}

// A block that divides the dimensions, and two that leave a rest; more and fewer rows than the block is wide.
TEST(BlockRefiner, EachSweepLowersTheLossDownToTheExactSolution) {
  for (const std::size_t block : {4U, 5U, 7U}) {
    for (const std::size_t n : {3U, 30U}) {
      const Row row(n, 12, n);
      std::vector<float> x(12, 0.5F);
      double before = row.loss(x);
      for (int sweep = 0; sweep < 4; ++sweep) {
        ASSERT_TRUE(row.refine(block, x));
        EXPECT_LT(row.loss(x), before) << "block " << block << ", n " << n << ", sweep " << sweep;
        before = row.loss(x);
      }
      for (int sweep = 0; sweep < 100; ++sweep) row.refine(block, x);
      for (std::size_t k = 0; k < 12; ++k) EXPECT_NEAR(x[k], row.exact[k], 1e-4) << block << " " << n;
    }
  }
}

TEST(BlockRefiner, StaysAtTheSolutionAndForgetsARowWithoutVectors) {
  const Row row(6, 10, 9);
  std::vector<float> x = row.exact;
  ASSERT_TRUE(row.refine(3, x));
  for (std::size_t k = 0; k < 10; ++k) EXPECT_NEAR(x[k], row.exact[k], 1e-5);
  ASSERT_TRUE(BlockRefiner(10, 3).refine(row.view(), {}, {}, row.diagonal, x));
  EXPECT_EQ(x, std::vector<float>(10, 0.0F));
}

TEST(BlockRefiner, WeightsOfZeroGiveZero) {
  Row row(5, 6, 4);
  std::fill(row.weights.begin(), row.weights.end(), 0.0F);
  std::vector<float> x(6, 2.0F);
  ASSERT_TRUE(row.refine(2, x));
  EXPECT_EQ(x, std::vector<float>(6, 0.0F));
}

TEST(BlockRefiner, SaysSoWhenFloatsAreNotEnough) {
  Row row(3, 4, 2);
  std::fill(row.vectors.values().begin(), row.vectors.values().end(), std::numeric_limits<float>::max());
  std::vector<float> x(4, 0.0F);
  EXPECT_FALSE(row.refine(2, x));
}

}  // namespace
}  // namespace mla::models::impl
