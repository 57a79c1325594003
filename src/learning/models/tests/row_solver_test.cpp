#include "learning/models/impl/row_solver.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::models::impl {
namespace {

struct Row {
  Row(std::size_t n, std::size_t dims, std::uint64_t seed) : vectors(n + 3, dims), diagonal(dims) {
    base::Random random(seed);
    for (float& v : vectors.values()) v = static_cast<float>(random.normal());
    for (float& d : diagonal) d = static_cast<float>(0.1 + random.uniform());
    for (std::size_t r = 0; r < n; ++r) {
      columns.push_back(static_cast<std::int32_t>(r + (r > n / 2 ? 3 : 0)));
      weights.push_back(static_cast<float>(0.2 + 2 * random.uniform()));
    }
  }

  // (D + Σ c v vᵀ) x = Σ c v by Gaussian elimination in doubles: the definition, spelt out.
  std::vector<double> by_definition() const {
    const std::size_t d = diagonal.size();
    std::vector<std::vector<double>> a(d, std::vector<double>(d + 1, 0.0));
    for (std::size_t k = 0; k < d; ++k) a[k][k] = diagonal[k];
    for (std::size_t r = 0; r < columns.size(); ++r) {
      const auto v = vectors.row(static_cast<std::size_t>(columns[r]));
      for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) a[i][j] += static_cast<double>(weights[r]) * v[i] * v[j];
        a[i][d] += static_cast<double>(weights[r]) * v[i];
      }
    }
    for (std::size_t p = 0; p < d; ++p) {
      for (std::size_t i = 0; i < d; ++i) {
        if (i == p) continue;
        const double factor = a[i][p] / a[p][p];
        for (std::size_t j = p; j <= d; ++j) a[i][j] -= factor * a[p][j];
      }
    }
    std::vector<double> x(d);
    for (std::size_t k = 0; k < d; ++k) x[k] = a[k][d] / a[k][k];
    return x;
  }

  math::Matrix vectors;
  std::vector<std::int32_t> columns;
  std::vector<float> weights;
  std::vector<float> diagonal;
};

TEST(RowSolver, BothFormsSolveTheNormalEquations) {
  for (const std::size_t n : {1U, 5U, 11U, 12U, 40U}) {
    const std::size_t dims = 12;
    const Row row(n, dims, n);
    const std::vector<double> expected = row.by_definition();
    RowSolver solver(dims);
    std::vector<float> kernel(dims);
    std::vector<float> normal(dims);
    std::vector<float> chosen(dims);
    const math::ConstMatrixView vectors = row.vectors.view();
    ASSERT_TRUE(solver.solve_kernel(vectors, row.columns, row.weights, row.diagonal, kernel));
    ASSERT_TRUE(solver.solve_normal(vectors, row.columns, row.weights, row.diagonal, normal));
    solver.solve(vectors, row.columns, row.weights, row.diagonal, chosen);
    for (std::size_t k = 0; k < dims; ++k) {
      EXPECT_NEAR(kernel[k], expected[k], 2e-4) << "n " << n;
      EXPECT_NEAR(normal[k], expected[k], 2e-4) << "n " << n;
      EXPECT_EQ(chosen[k], n < dims ? kernel[k] : normal[k]);
    }
  }
}

TEST(RowSolver, OneVectorByHand) {
  // d = 1: x = c v / (D + c v²) = 2 · 3 / (0.5 + 2 · 9)
  math::Matrix vectors(1, 1);
  vectors(0, 0) = 3;
  const std::vector<std::int32_t> columns{0};
  const std::vector<float> weights{2};
  const std::vector<float> diagonal{0.5F};
  std::vector<float> x(1);
  RowSolver solver(1);
  solver.solve(std::as_const(vectors).view(), columns, weights, diagonal, x);
  EXPECT_NEAR(x[0], 6.0 / 18.5, 1e-6);
}

TEST(RowSolver, NothingPlayedOrNothingWeighedGivesZero) {
  const Row row(4, 6, 1);
  RowSolver solver(6);
  std::vector<float> x(6, 9.0F);
  solver.solve(row.vectors.view(), {}, {}, row.diagonal, x);
  EXPECT_EQ(x, std::vector<float>(6, 0.0F));
  const std::vector<float> none(4, 0.0F);
  solver.solve(row.vectors.view(), row.columns, none, row.diagonal, x);
  EXPECT_EQ(x, std::vector<float>(6, 0.0F));
}

TEST(RowSolver, HugeWeightsAndATinyDiagonalStayFinite) {
  for (const std::size_t n : {5U, 30U}) {
    Row row(n, 12, 2);
    std::fill(row.weights.begin(), row.weights.end(), 1e9F);
    std::fill(row.diagonal.begin(), row.diagonal.end(), 1e-9F);
    std::copy_n(row.vectors.row(0).data(), 12, row.vectors.row(1).data());  // a singular system but for the diagonal
    RowSolver solver(12);
    std::vector<float> x(12);
    solver.solve(row.vectors.view(), row.columns, row.weights, row.diagonal, x);
    for (const float v : x) EXPECT_TRUE(std::isfinite(v));
  }
}

}  // namespace
}  // namespace mla::models::impl
