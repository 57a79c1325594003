#include "foundation/math/vector_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::math {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Matrix random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Matrix m(rows, cols);
  base::Random random(seed);
  for (float& v : m.values()) v = static_cast<float>(random.normal());
  return m;
}

// Small whole numbers: every order of adding gives the same sum, so results can be compared for equality.
Matrix whole_numbers(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Matrix m(rows, cols);
  base::Random random(seed);
  for (float& v : m.values()) v = static_cast<float>(random.below(7)) - 3;
  return m;
}

std::vector<Scored> by_sorting(ConstMatrixView vectors, std::span<const float> query,
                               const std::vector<std::int32_t>& excluded, std::size_t k) {
  std::vector<Scored> all;
  for (std::size_t i = 0; i < vectors.rows; ++i) {
    const auto index = static_cast<std::int32_t>(i);
    if (std::binary_search(excluded.begin(), excluded.end(), index)) continue;
    float sum = 0;
    for (std::size_t j = 0; j < vectors.cols; ++j) sum += vectors(i, j) * query[j];
    all.push_back({index, sum});
  }
  std::sort(all.begin(), all.end(), better);
  all.resize(std::min(k, all.size()));
  return all;
}

std::vector<Scored> scan(const Matrix& vectors, std::span<const float> query, std::size_t k,
                         const std::vector<std::int32_t>& excluded = {}) {
  std::vector<Scored> out{{99, 1.0F}};  // must be replaced
  top_k_products(vectors.view(), query, excluded, k, out);
  return out;
}

std::vector<Scored> scan_codes(const Matrix& vectors, std::span<const float> query, std::size_t k,
                               std::size_t looked_at, const std::vector<std::int32_t>& excluded = {}) {
  std::vector<Scored> out{{99, 1.0F}};
  const Codes codes = encode(vectors.view());
  const Query one{query, excluded, k, &out, looked_at};
  top_k_products(codes.view(), vectors.view(), std::span(&one, 1));
  return out;
}

TEST(VectorScan, ByHand) {
  Matrix vectors(3, 2);
  vectors(0, 0) = 1;                     // · (2, 1) = 2
  vectors(1, 1) = 5;                     // 5
  vectors(2, 0) = vectors(2, 1) = 1.5F;  // 4.5
  const std::vector<float> query{2, 1};
  EXPECT_THAT(scan(vectors, query, 2), ElementsAre(Scored{1, 5}, Scored{2, 4.5F}));
  EXPECT_THAT(scan(vectors, query, 2, {1}), ElementsAre(Scored{2, 4.5F}, Scored{0, 2}));
  EXPECT_THAT(scan_codes(vectors, query, 2, 3), ElementsAre(Scored{1, 5}, Scored{2, 4.5F}));
  EXPECT_THAT(scan_codes(vectors, query, 9, 1), ElementsAre(Scored{1, 5}, Scored{2, 4.5F}, Scored{0, 2}));
}

TEST(VectorScan, NothingToFind) {
  const std::vector<float> query{1, 1};
  EXPECT_THAT(scan(Matrix(0, 2), query, 3), IsEmpty());
  EXPECT_THAT(scan(Matrix(2, 2), query, 0), IsEmpty());
  EXPECT_THAT(scan(Matrix(2, 2), query, 3, {0, 1}), IsEmpty());
  EXPECT_THAT(scan_codes(Matrix(0, 2), query, 3, 500), IsEmpty());
  EXPECT_THAT(scan_codes(Matrix(2, 2), query, 0, 500), IsEmpty());
  EXPECT_THAT(scan_codes(Matrix(2, 2), query, 3, 500, {0, 1}), IsEmpty());
}

TEST(VectorScan, EqualsSortingAtOddSizes) {
  for (const std::size_t cols : {1U, 3U, 7U, 8U, 16U, 33U, 128U}) {
    for (const std::size_t rows : {1U, 2U, 3U, 5U, 255U, 257U, 1030U}) {
      const Matrix vectors = whole_numbers(rows, cols, rows + cols);
      const Matrix query = whole_numbers(1, cols, 5);
      std::vector<std::int32_t> excluded;
      for (std::size_t i = 0; i < rows; i += 3) excluded.push_back(static_cast<std::int32_t>(i));
      for (const std::size_t k : {1U, 20U, 2000U}) {
        const auto expected = by_sorting(vectors.view(), query.row(0), {}, k);
        EXPECT_EQ(scan(vectors, query.row(0), k), expected) << rows << " x " << cols << ", k " << k;
        EXPECT_EQ(scan(vectors, query.row(0), k, excluded), by_sorting(vectors.view(), query.row(0), excluded, k));
        EXPECT_EQ(scan_codes(vectors, query.row(0), k, rows), expected);
      }
    }
  }
}

TEST(VectorScan, RowsThatAreApartInMemory) {
  const Matrix wide = whole_numbers(300, 12, 8);
  const ConstMatrixView narrow{wide.view().data, 300, 5, 12};
  const Matrix query = whole_numbers(1, 5, 9);
  std::vector<Scored> out;
  top_k_products(narrow, query.row(0), {}, 10, out);
  EXPECT_EQ(out, by_sorting(narrow, query.row(0), {}, 10));
}

TEST(VectorScan, NotANumberAndMinusInfinityAreNeverTaken) {
  Matrix vectors(4, 1);
  vectors(0, 0) = std::numeric_limits<float>::quiet_NaN();
  vectors(1, 0) = -std::numeric_limits<float>::infinity();
  vectors(2, 0) = 2;
  vectors(3, 0) = std::numeric_limits<float>::infinity();
  const std::vector<float> query{1};
  EXPECT_THAT(scan(vectors, query, 4), ElementsAre(Scored{3, std::numeric_limits<float>::infinity()}, Scored{2, 2}));
}

TEST(VectorScan, CodesAreOffByHalfAScaleAtMost) {
  const Matrix vectors = random_matrix(50, 19, 3);
  const Codes codes = encode(vectors.view());
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 19; ++j) {
      const float back = codes.scales[i] * static_cast<float>(codes.codes[i * 19 + j]);
      EXPECT_LE(std::fabs(back - vectors(i, j)), 0.5001F * codes.scales[i]);
    }
    EXPECT_EQ(std::abs(*std::max_element(codes.codes.begin() + static_cast<std::ptrdiff_t>(i * 19),
                                         codes.codes.begin() + static_cast<std::ptrdiff_t>((i + 1) * 19),
                                         [](int a, int b) { return std::abs(a) < std::abs(b); })),
              127);
  }
}

TEST(VectorScan, ZeroVectorsAndZeroQueries) {
  Matrix vectors(3, 4);
  vectors(1, 2) = -1;
  const std::vector<float> query{0, 0, 1, 0};
  EXPECT_THAT(scan_codes(vectors, query, 3, 3), ElementsAre(Scored{0, 0}, Scored{2, 0}, Scored{1, -1}));
  const std::vector<float> nothing(4, 0.0F);
  EXPECT_THAT(scan_codes(vectors, nothing, 2, 2), ElementsAre(Scored{0, 0}, Scored{1, 0}));
}

// The largest sums that codes can make, in the most dimensions allowed.
TEST(VectorScan, SumsOfCodesDoNotOverflow) {
  Matrix vectors(2, 2048);
  for (float& v : vectors.row(0)) v = 1;
  for (float& v : vectors.row(1)) v = -1;
  const std::vector<float> query(2048, 1.0F);
  EXPECT_THAT(scan_codes(vectors, query, 2, 2), ElementsAre(Scored{0, 2048}, Scored{1, -2048}));
}

// Rows that codes cannot tell apart are told apart by their exact products, if they are looked at.
TEST(VectorScan, TheSecondLookIsExact) {
  const Matrix vectors = random_matrix(2000, 24, 4);
  const Matrix queries = random_matrix(20, 24, 5);
  int differing = 0;
  for (std::size_t q = 0; q < 20; ++q) {
    const auto exact = scan(vectors, queries.row(q), 20);
    EXPECT_EQ(scan_codes(vectors, queries.row(q), 20, 500), exact);
    differing += scan_codes(vectors, queries.row(q), 20, 20) == exact ? 0 : 1;
  }
  EXPECT_GT(differing, 0);  // else 500 would prove nothing
}

// Several queries of different kinds in one pass, more and fewer than are widened together.
TEST(VectorScan, EachOfSeveralQueriesGetsWhatItWouldGetAlone) {
  for (const std::size_t rows : {3U, 256U, 700U}) {
    for (const std::size_t cols : {5U, 64U, 600U}) {
      const Matrix vectors = random_matrix(rows, cols, rows + cols);
      const Matrix asked = random_matrix(7, cols, 11);
      const std::vector<std::int32_t> some{0, 2};
      const Codes codes = encode(vectors.view());
      for (std::size_t size = 0; size <= 7; ++size) {
        std::vector<std::vector<Scored>> exact(size, {{99, 1.0F}});
        std::vector<std::vector<Scored>> by_codes = exact;
        std::vector<Query> of_rows;
        std::vector<Query> of_codes;
        for (std::size_t q = 0; q < size; ++q) {
          const std::span<const std::int32_t> excluded = q % 2 == 0 ? std::span<const std::int32_t>{} : some;
          of_rows.push_back({asked.row(q), excluded, 3 * q, &exact[q]});
          of_codes.push_back({asked.row(q), excluded, 3 * q, &by_codes[q], 20});
        }
        top_k_products(vectors.view(), of_rows);
        top_k_products(codes.view(), vectors.view(), of_codes);
        for (std::size_t q = 0; q < size; ++q) {
          const std::vector<std::int32_t> excluded = q % 2 == 0 ? std::vector<std::int32_t>{} : some;
          EXPECT_EQ(exact[q], scan(vectors, asked.row(q), 3 * q, excluded)) << q << " of " << size;
          EXPECT_EQ(by_codes[q], scan_codes(vectors, asked.row(q), 3 * q, 20, excluded)) << q << " of " << size;
        }
      }
    }
  }
}

}  // namespace
}  // namespace mla::math
