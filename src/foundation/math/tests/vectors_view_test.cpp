#include "foundation/math/vectors_view.h"

#include <cmath>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "foundation/math/vector_scan.h"

namespace mla::math {
namespace {

std::vector<float> back(const std::vector<std::uint16_t>& halves) {
  std::vector<float> values(halves.size());
  VectorsView(halves, halves.size()).row(0, values);
  return values;
}

TEST(Halves, KeepWhatTheyCanHoldExactly) {
  // 11 bits of mantissa, also where a vector ends in the middle of a register; the smallest is subnormal.
  std::vector<float> exact{0, -0.0F, 1, -1, 0.5F, 2047, -2048, 65504, 5.9604645e-8F};
  for (int i = 0; i < 37; ++i) exact.push_back(static_cast<float>(i) / 64);
  EXPECT_EQ(back(to_halves(exact)), exact);
  EXPECT_TRUE(std::signbit(back(to_halves(exact))[1]));
}

TEST(Halves, RoundToNearestAndStayFinite) {
  const std::vector<float> values{1 + 1.0F / 4096, 1 + 3.0F / 4096, 1e9F, -1e9F, 1e-12F};
  EXPECT_EQ(back(to_halves(values)), (std::vector<float>{1, 1 + 1.0F / 1024, 65504, -65504, 0}));
}

TEST(Halves, AreOffByAtMostOnePartIn2048) {
  base::Random random(4);
  std::vector<float> values(1000);
  for (float& v : values) v = static_cast<float>(random.normal());
  const std::vector<float> halves = back(to_halves(values));
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_LE(std::fabs(halves[i] - values[i]), std::fabs(values[i]) / 2048 + 3e-8F) << values[i];
  }
}

TEST(VectorsView, GathersRowsOfEitherKind) {
  Matrix matrix(4, 3);
  for (std::size_t i = 0; i < 12; ++i) matrix.values()[i] = static_cast<float>(i);
  const std::vector<std::uint16_t> halves = to_halves(matrix.values());
  const std::vector<std::int32_t> listed{3, 0, 3};
  for (const VectorsView& view : {VectorsView(matrix.view()), VectorsView(halves, 3)}) {
    ASSERT_EQ(view.rows, 4U);
    const Matrix gathered = view.gather(listed);
    const std::vector<float> expected{9, 10, 11, 0, 1, 2, 9, 10, 11};
    EXPECT_TRUE(std::ranges::equal(gathered.values(), expected));
    EXPECT_EQ(view.gather({}).rows(), 0U);
  }
}

TEST(VectorsView, HalvesAreSearchedAsTheFloatsTheyStandFor) {
  base::Random random(5);
  for (const std::size_t cols : {1U, 7U, 16U, 67U}) {
    Matrix matrix(300, cols);
    for (float& v : matrix.values()) v = static_cast<float>(random.normal());
    const std::vector<std::uint16_t> halves = to_halves(matrix.values());
    const VectorsView view(halves, cols);
    for (std::size_t i = 0; i < 300; ++i) view.row(i, matrix.row(i));  // rounded
    std::vector<float> query(cols);
    for (float& v : query) v = static_cast<float>(random.normal());
    std::vector<float> expected_scores(300);
    std::vector<float> scores(300);
    products(matrix.view(), query, expected_scores);
    products(view, query, scores);
    for (std::size_t i = 0; i < 300; ++i) EXPECT_NEAR(scores[i], expected_scores[i], 1e-5) << cols;
    std::vector<Scored> expected;
    std::vector<Scored> found;
    top_k_products(matrix.view(), query, std::vector<std::int32_t>{5, 6}, 20, expected);
    top_k_products(view, query, std::vector<std::int32_t>{5, 6}, 20, found);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].index, expected[i].index) << cols;
  }
}

}  // namespace
}  // namespace mla::math
