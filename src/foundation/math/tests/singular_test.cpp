#include "foundation/math/singular.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"

namespace mla::math {
namespace {

struct Setting {
  explicit Setting(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

CsrMatrix random_sparse(std::int32_t rows, std::int32_t cols, double density, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<Triplet> entries;
  for (std::int32_t i = 0; i < rows; ++i) {
    for (std::int32_t j = 0; j < cols; ++j) {
      // Columns of falling length, as the popularity of items.
      if (random.uniform() < density) entries.push_back({i, j, static_cast<float>(random.uniform() / (1 + 0.1 * j))});
    }
  }
  return make_csr(rows, cols, entries);
}

Matrix dense(const CsrView& a) {
  Matrix result(static_cast<std::size_t>(a.rows), static_cast<std::size_t>(a.cols));
  for (std::int32_t i = 0; i < a.rows; ++i) {
    for (std::size_t at = 0; at < a.row_size(i); ++at) {
      result(static_cast<std::size_t>(i), static_cast<std::size_t>(a.row_columns(i)[at])) = a.row_values(i)[at];
    }
  }
  return result;
}

RightSingular leading(const CsrMatrix& a, std::size_t k, Setting& setting, int passes = 5) {
  const CsrMatrix t = transpose(a.view());
  const CsrView rows = a.view();
  const CsrView columns = t.view();
  return leading_right_singular(rows, columns, k, passes, setting.work).value();
}

void expect_orthonormal(const Matrix& v) {
  for (std::size_t a = 0; a < v.cols(); ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double product = 0;
      for (std::size_t i = 0; i < v.rows(); ++i) product += static_cast<double>(v(i, a)) * v(i, b);
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-4) << a << ", " << b;
    }
  }
}

TEST(LeadingRightSingular, ByHand) {
  // diag(3, 1, 2)
  Setting setting;
  const CsrMatrix a = make_csr(3, 3, std::vector<Triplet>{{0, 0, 3.0F}, {1, 1, 1.0F}, {2, 2, 2.0F}});
  const RightSingular s = leading(a, 2, setting);
  ASSERT_EQ(s.values.size(), 2U);
  EXPECT_NEAR(s.values[0], 3, 1e-5);
  EXPECT_NEAR(s.values[1], 2, 1e-5);
  EXPECT_NEAR(std::fabs(s.vectors(0, 0)), 1, 1e-5);
  EXPECT_NEAR(std::fabs(s.vectors(2, 1)), 1, 1e-5);
}

// Tall, wide, the whole space and a small part of it.
TEST(LeadingRightSingular, EqualsTheEigenvectorsOfTheGramMatrix) {
  Setting setting;
  for (const auto& [rows, cols, k] :
       {std::tuple{60, 40, std::size_t{40}}, {40, 60, std::size_t{7}}, {500, 420, std::size_t{12}}, {420, 500, 12}}) {
    const CsrMatrix a = random_sparse(rows, cols, 0.3, static_cast<std::uint64_t>(rows));
    const RightSingular s = leading(a, k, setting, 60);
    const Matrix full = dense(a.view());
    const Eigen eigen = symmetric_eigen(gram(full.view(), setting.pool)).value();
    ASSERT_EQ(s.values.size(), k);
    expect_orthonormal(s.vectors);
    const auto n = static_cast<std::size_t>(cols);
    for (std::size_t j = 0; j < k; ++j) {
      const double square = eigen.values[n - 1 - j];
      EXPECT_NEAR(static_cast<double>(s.values[j]) * s.values[j], square, 1e-4 * eigen.values[n - 1]) << j;
      // A vector is the reference's, or lies among those of nearly equal value.
      double among = 0;
      for (std::size_t other = 0; other < n; ++other) {
        if (std::fabs(eigen.values[other] - square) > 2e-3 * eigen.values[n - 1]) continue;
        double product = 0;
        for (std::size_t i = 0; i < n; ++i) product += static_cast<double>(s.vectors(i, j)) * eigen.vectors(i, other);
        among += product * product;
      }
      EXPECT_NEAR(among, 1, 5e-3) << rows << " x " << cols << ", vector " << j;
    }
  }
}

TEST(LeadingRightSingular, MultipleValuesAreAllFound) {
  // 100 separate pairs of the same value.
  Setting setting;
  std::vector<Triplet> entries;
  for (std::int32_t i = 0; i < 100; ++i) entries.push_back({i, i, 1.0F});
  for (std::int32_t i = 100; i < 160; ++i) entries.push_back({i, i, 0.5F});
  const RightSingular s = leading(make_csr(160, 160, entries), 120, setting, 20);
  ASSERT_EQ(s.values.size(), 120U);
  EXPECT_NEAR(s.values[99], 1, 1e-4);
  EXPECT_NEAR(s.values[100], 0.5, 1e-4);
  expect_orthonormal(s.vectors);
}

// More passes come nearer to the truth, from below.
TEST(LeadingRightSingular, PassesSharpenTheEdge) {
  Setting setting;
  const CsrMatrix a = random_sparse(500, 420, 0.3, 11);
  double before = 0;
  for (const int passes : {1, 2, 3}) {
    const RightSingular s = leading(a, 12, setting, passes);
    double energy = 0;
    for (const float value : s.values) energy += static_cast<double>(value) * value;
    EXPECT_GT(energy, before);
    before = energy;
    expect_orthonormal(s.vectors);
  }
}

TEST(LeadingRightSingular, NoMoreThanTheRank) {
  Setting setting;
  // Row i is i + 1 times the same row.
  std::vector<Triplet> entries;
  for (std::int32_t i = 0; i < 20; ++i) {
    for (std::int32_t j = 0; j < 30; j += 3) entries.push_back({i, j, static_cast<float>(i + 1)});
  }
  const RightSingular s = leading(make_csr(20, 30, entries), 10, setting);
  ASSERT_EQ(s.values.size(), 1U);
  EXPECT_NEAR(s.values[0], std::sqrt(2870.0 * 10), 1e-2);  // Σ i² = 2870
  for (std::size_t j = 0; j < 30; ++j) {
    EXPECT_NEAR(std::fabs(s.vectors(j, 0)), j % 3 == 0 ? 1 / std::sqrt(10.0) : 0, 1e-5);
  }
  EXPECT_TRUE(leading(make_csr(5, 7, {}), 3, setting).values.empty());
  EXPECT_EQ(leading(make_csr(5, 7, {}), 3, setting).vectors.rows(), 7U);
  EXPECT_TRUE(leading(make_csr(0, 0, {}), 3, setting).values.empty());
}

TEST(LeadingRightSingular, SameBitsAtAnyThreadCountAndCancels) {
  const CsrMatrix a = random_sparse(300, 200, 0.2, 6);
  Setting one(1);
  Setting three(3);
  const RightSingular first = leading(a, 9, one);
  const RightSingular second = leading(a, 9, three);
  EXPECT_EQ(first.values, second.values);
  EXPECT_TRUE(
      std::equal(first.vectors.values().begin(), first.vectors.values().end(), second.vectors.values().begin()));
  const CsrMatrix t = transpose(a.view());
  const CsrView rows = a.view();
  const CsrView columns = t.view();
  one.cancel.cancel();
  EXPECT_EQ(leading_right_singular(rows, columns, 9, 5, one.work).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::math
