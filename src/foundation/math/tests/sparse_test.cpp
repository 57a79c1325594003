#include "foundation/math/sparse.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::math {
namespace {

CsrMatrix random_sparse(std::int32_t rows, std::int32_t cols, double density, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<Triplet> entries;
  for (std::int32_t i = 0; i < rows; ++i) {
    for (std::int32_t j = 0; j < cols; ++j) {
      if (random.uniform() < density) entries.push_back({i, j, static_cast<float>(random.normal())});
    }
  }
  return make_csr(rows, cols, entries);
}

Matrix random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  base::Random random(seed);
  Matrix m(rows, cols);
  for (float& v : m.values()) v = static_cast<float>(random.normal());
  return m;
}

TEST(SparseProduct, ByHand) {
  const std::vector<Triplet> entries{{0, 0, 2.0F}, {0, 2, 1.0F}, {2, 1, 3.0F}};
  const CsrMatrix a = make_csr(3, 3, entries);
  Matrix b(3, 2);
  for (std::size_t i = 0; i < 3; ++i) b(i, 0) = static_cast<float>(i + 1), b(i, 1) = 10;
  Matrix c(3, 2);
  multiply(a.view(), std::as_const(b).view(), c.view());
  EXPECT_THAT(c.values(), testing::ElementsAre(5, 30, 0, 0, 6, 30));
  multiply(a.view(), std::as_const(b).view(), 2, c.view(), c.view());
  EXPECT_THAT(c.values(), testing::ElementsAre(15, 90, 0, 0, 18, 90));
}

TEST(SparseProduct, OverwritesWhatIsNotANumber) {
  const CsrMatrix a = make_csr(2, 2, std::vector<Triplet>{{0, 1, 1.0F}});
  const Matrix b = random_matrix(2, 21, 1);
  Matrix c(2, 21);
  std::fill(c.values().begin(), c.values().end(), std::numeric_limits<float>::quiet_NaN());
  multiply(a.view(), b.view(), c.view());
  for (std::size_t j = 0; j < 21; ++j) {
    EXPECT_EQ(c(0, j), b(1, j));
    EXPECT_EQ(c(1, j), 0);
  }
}

// Widths on both sides of one and four vectors of every instruction set, inside a wider matrix.
TEST(SparseProduct, EqualsTheDenseProductAtAnyWidthAndLeavesOtherColumnsAlone) {
  const CsrMatrix a = random_sparse(37, 23, 0.4, 2);
  for (const std::size_t width : {1U, 2U, 5U, 15U, 16U, 17U, 33U, 64U, 65U, 81U}) {
    const Matrix b = random_matrix(23, width, width);
    Matrix whole = random_matrix(37, width + 3, 3);
    const Matrix before = whole;
    const MatrixView c{whole.values().data() + 1, 37, width, width + 3};
    multiply(a.view(), b.view(), 0.5F, c, c);
    Matrix apart(37, width);
    const ConstMatrixView added{before.values().data() + 1, 37, width, width + 3};
    multiply(a.view(), b.view(), 0.5F, added, apart.view());
    for (std::int32_t i = 0; i < 37; ++i) {
      const auto row = static_cast<std::size_t>(i);
      for (std::size_t j = 0; j < width; ++j) {
        double expected = 0.5 * before(row, j + 1);
        for (std::size_t at = 0; at < a.view().row_size(i); ++at) {
          expected += static_cast<double>(a.view().row_values(i)[at]) *
                      b(static_cast<std::size_t>(a.view().row_columns(i)[at]), j);
        }
        EXPECT_NEAR(c(row, j), expected, 1e-4);
        EXPECT_EQ(apart(row, j), c(row, j));
      }
      EXPECT_EQ(whole(row, 0), before(row, 0));
      EXPECT_EQ(whole(row, width + 1), before(row, width + 1));
    }
  }
}

TEST(SparseProduct, SameBitsAtAnyThreadCountAndEmptyShapes) {
  const CsrMatrix a = random_sparse(700, 40, 0.1, 4);
  const Matrix b = random_matrix(40, 19, 5);
  Matrix alone(700, 19);
  multiply(a.view(), b.view(), alone.view());
  for (const int threads : {1, 2, 3}) {
    base::ThreadPool pool(threads);
    Matrix c(700, 19);
    multiply(a.view(), b.view(), c.view(), pool);
    EXPECT_TRUE(std::equal(c.values().begin(), c.values().end(), alone.values().begin()));
  }
  const CsrMatrix none = make_csr(0, 0, {});
  Matrix empty;
  multiply(none.view(), std::as_const(empty).view(), empty.view());
}

}  // namespace
}  // namespace mla::math
