#include "foundation/math/decompose.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"

namespace mla::math {
namespace {

Matrix random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  base::Random random(seed);
  Matrix m(rows, cols);
  for (float& v : m.values()) v = static_cast<float>(random.normal());
  return m;
}

struct Setting {
  explicit Setting(int threads) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

// Symmetric with eigenvalues of at least 1.
Matrix positive_matrix(std::size_t n, std::uint64_t seed, base::ThreadPool& pool) {
  const Matrix x = random_matrix(n, n, seed);
  Matrix a = gram(x.view(), pool);
  for (float& v : a.values()) v /= static_cast<float>(n);
  for (std::size_t i = 0; i < n; ++i) a(i, i) += 1;
  return a;
}

TEST(Blas, ProductsOfHandWorkedMatrices) {
  Matrix a(2, 2);
  a(0, 0) = 1, a(0, 1) = 2, a(1, 0) = 3, a(1, 1) = 4;
  Matrix b(2, 2);
  b(0, 0) = 5, b(0, 1) = 6, b(1, 0) = 7, b(1, 1) = 8;
  Matrix c(2, 2);
  multiply(1, a.view(), b.view(), 0, c.view());
  EXPECT_THAT(c.values(), testing::ElementsAre(19, 22, 43, 50));
  multiply_transposed(2, a.view(), b.view(), 1, c.view());  // 2 a bᵀ = 34 46 78 106
  EXPECT_THAT(c.values(), testing::ElementsAre(53, 68, 121, 156));
  std::vector<float> y(2);
  const std::vector<float> x{1, 10};
  multiply(a.view(), x, y);
  EXPECT_THAT(y, testing::ElementsAre(21, 43));
  multiply_transposed(a.view(), x, y);
  EXPECT_THAT(y, testing::ElementsAre(31, 42));
  outer_gram(a.view(), 0, c.view());
  EXPECT_EQ(c(1, 0), 11);
  EXPECT_EQ(c(1, 1), 25);
}

TEST(Blas, EmptyShapesAreLeftAlone) {
  base::ThreadPool pool(2);
  Matrix none(0, 3);
  const Matrix g = gram(none.view(), pool);
  EXPECT_THAT(g.values(), testing::Each(0.0F));
  std::vector<float> y(3, 7.0F);
  multiply_transposed(none.view(), {}, y);
  EXPECT_THAT(y, testing::Each(0.0F));
}

TEST(Blas, SameBitsAtAnyThreadCount) {
  const Matrix a = random_matrix(3000, 40, 1);
  const Matrix q = random_matrix(40, 40, 2);
  std::vector<Matrix> grams;
  std::vector<Matrix> rotated;
  for (const int threads : {1, 2, 3}) {
    base::ThreadPool pool(threads);
    grams.push_back(gram(a.view(), pool));
    rotated.push_back(a);
    multiply_in_place(rotated.back().view(), q.view(), pool);
  }
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_TRUE(std::equal(grams[0].values().begin(), grams[0].values().end(), grams[i].values().begin()));
    EXPECT_TRUE(std::equal(rotated[0].values().begin(), rotated[0].values().end(), rotated[i].values().begin()));
  }
  double sum = 0;
  for (std::size_t r = 0; r < a.rows(); ++r) sum += static_cast<double>(a(r, 3)) * a(r, 5);
  EXPECT_NEAR(grams[0](5, 3), sum, 1e-2);
  EXPECT_EQ(grams[0](5, 3), grams[0](3, 5));
}

// Blocks of 512 run over the rows of a tall product and over the columns of a wide one.
TEST(Blas, TheParallelProductEqualsTheSerialOne) {
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{1300, 7}, {7, 1300}, {600, 600}, {1, 1}}) {
    const Matrix a = random_matrix(rows, 9, 1);
    const Matrix b = random_matrix(cols, 9, 2);
    std::vector<Matrix> products;
    for (const int threads : {1, 3}) {
      base::ThreadPool pool(threads);
      products.emplace_back(rows, cols);
      multiply_transposed(1, a.view(), b.view(), 0, products.back().view(), pool);
    }
    EXPECT_TRUE(std::equal(products[0].values().begin(), products[0].values().end(), products[1].values().begin()));
    double expected = 0;
    for (std::size_t k = 0; k < 9; ++k) expected += static_cast<double>(a(rows - 1, k)) * b(cols - 1, k);
    EXPECT_NEAR(products[0](rows - 1, cols - 1), expected, 1e-4);
    Matrix upright(9, cols);
    for (std::size_t i = 0; i < cols; ++i) {
      for (std::size_t j = 0; j < 9; ++j) upright(j, i) = b(i, j);
    }
    base::ThreadPool pool(3);
    const Matrix same = multiply(a.view(), std::as_const(upright).view(), pool);
    for (std::size_t i = 0; i < same.values().size(); ++i) EXPECT_NEAR(same.values()[i], products[0].values()[i], 1e-4);
  }
}

TEST(Blas, ARowBlockOfALargerMatrixLeavesTheRestAlone) {
  const Matrix a = random_matrix(4, 3, 1);
  Matrix c(6, 4);
  std::fill(c.values().begin(), c.values().end(), 7.0F);
  multiply_transposed(1, a.view().slice(1, 3), a.view(), 0, c.view().slice(2, 4));
  for (const std::size_t untouched : {0U, 1U, 4U, 5U}) EXPECT_THAT(c.row(untouched), testing::Each(7.0F));
  EXPECT_NEAR(c(2, 0), a(1, 0) * a(0, 0) + a(1, 1) * a(0, 1) + a(1, 2) * a(0, 2), 1e-5);
}

TEST(SymmetricEigen, HandWorkedTwoByTwo) {
  Matrix a(2, 2);  // eigenvalues 1 and 3, vectors (1,-1)/√2 and (1,1)/√2
  a(0, 0) = a(1, 1) = 2;
  a(0, 1) = a(1, 0) = 1;
  const auto eigen = symmetric_eigen(a);
  ASSERT_TRUE(eigen.ok());
  EXPECT_NEAR(eigen->values[0], 1, 1e-6);
  EXPECT_NEAR(eigen->values[1], 3, 1e-6);
  EXPECT_NEAR(eigen->vectors(0, 0), -eigen->vectors(1, 0), 1e-6);
  EXPECT_NEAR(eigen->vectors(0, 1), eigen->vectors(1, 1), 1e-6);
}

TEST(SymmetricEigen, VectorsDiagonaliseTheMatrix) {
  base::ThreadPool pool(2);
  const Matrix a = positive_matrix(30, 3, pool);
  const auto eigen = symmetric_eigen(a);
  ASSERT_TRUE(eigen.ok());
  Matrix aq(30, 30);
  multiply(1, a.view(), eigen->vectors.view(), 0, aq.view());
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t j = 0; j < 30; ++j) EXPECT_NEAR(aq(i, j), eigen->vectors(i, j) * eigen->values[j], 1e-4);
  }
}

TEST(SolvePositive, SolvesAndRefusesAnIndefiniteMatrix) {
  Matrix a(2, 2);
  a(0, 0) = 4, a(1, 0) = 2, a(1, 1) = 3;  // the upper triangle is never read
  a(0, 1) = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> x{8, 7};  // 4x + 2y = 8, 2x + 3y = 7
  ASSERT_TRUE(solve_positive(a.view(), x));
  EXPECT_NEAR(x[0], 1.25, 1e-6);
  EXPECT_NEAR(x[1], 1.5, 1e-6);
  Matrix indefinite(2, 2);
  indefinite(0, 0) = 1, indefinite(1, 0) = 2, indefinite(1, 1) = 1;
  EXPECT_FALSE(solve_positive(indefinite.view(), x));
}

// Fails with the single-threaded build of OpenBLAS 0.3.21.
TEST(SolvePositive, ManyThreadsAtOnceGetTheSameBitsAsOne) {
  Setting setting(4);
  const Matrix a = positive_matrix(40, 5, setting.pool);
  const auto solve = [&] {
    Matrix copy = a;
    std::vector<float> x(40, 1.0F);
    return solve_positive(copy.view(), x) ? x : std::vector<float>();
  };
  const std::vector<float> expected = solve();
  ASSERT_EQ(expected.size(), 40U);
  std::atomic<int> wrong{0};
  setting.pool.parallel_for(20000, 100, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) wrong += solve() == expected ? 0 : 1;
  });
  EXPECT_EQ(wrong.load(), 0);
}

TEST(InvertPositive, TimesTheMatrixIsTheIdentity) {
  Setting setting(2);
  for (const std::size_t n : {1U, 5U, 192U, 193U, 500U}) {
    const Matrix a = positive_matrix(n, n, setting.pool);
    Matrix inverse = a;
    ASSERT_TRUE(invert_positive(inverse.view(), setting.work).ok());
    Matrix product(n, n);
    multiply(1, a.view(), inverse.view(), 0, product.view());
    float worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) worst = std::max(worst, std::abs(product(i, j) - (i == j ? 1.0F : 0.0F)));
    }
    EXPECT_LT(worst, 2e-5) << n;
    EXPECT_EQ(inverse(0, n - 1), inverse(n - 1, 0));
  }
}

TEST(InvertPositive, SameBitsAtAnyThreadCount) {
  Setting one(1);
  Setting three(3);
  const Matrix a = positive_matrix(450, 9, one.pool);
  Matrix first = a;
  Matrix second = a;
  ASSERT_TRUE(invert_positive(first.view(), one.work).ok());
  ASSERT_TRUE(invert_positive(second.view(), three.work).ok());
  EXPECT_TRUE(std::equal(first.values().begin(), first.values().end(), second.values().begin()));
}

TEST(InvertPositive, SaysWhenTheMatrixIsNotPositiveDefiniteAndStopsWhenCancelled) {
  Setting setting(1);
  Matrix zero(3, 3);
  const base::Status status = invert_positive(zero.view(), setting.work);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(status.error().message, testing::HasSubstr("regularise it more"));
  setting.cancel.cancel();
  EXPECT_EQ(invert_positive(zero.view(), setting.work).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::math
