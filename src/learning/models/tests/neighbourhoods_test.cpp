#include "learning/models/impl/neighbourhoods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::models::impl {
namespace {

// Listeners × items:  1 1 0 0 / 1 1 1 0 / 0 2 1 0; nobody has item 3.
class NeighbourhoodsTest : public testing::Test {
 protected:
  math::CsrMatrix x_ = math::make_csr(
      3, 4, std::vector<math::Triplet>{{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}, {1, 2, 1}, {2, 1, 2}, {2, 2, 1}});
  math::CsrMatrix transposed_ = math::transpose(x_.view());
  Neighbourhoods neighbourhoods_{x_.view(), transposed_.view()};

  std::vector<std::pair<std::int32_t, float>> of(std::int32_t target, std::size_t most) {
    std::vector<std::pair<std::int32_t, float>> found;
    for (const auto& one : neighbourhoods_.of(target, most)) found.emplace_back(one.item, one.product);
    return found;
  }
};

TEST_F(NeighbourhoodsTest, AreTheItemsWithListenersInCommon) {
  EXPECT_THAT(of(0, 10), testing::ElementsAre(testing::Pair(1, 2), testing::Pair(2, 1)));
  EXPECT_THAT(of(2, 10), testing::ElementsAre(testing::Pair(0, 1), testing::Pair(1, 3)));
  EXPECT_TRUE(of(3, 10).empty());
}

TEST_F(NeighbourhoodsTest, TheNearestByCosineStay) {
  // cos(0, 1) = 2 / √(2 · 6), cos(0, 2) = 1 / √(2 · 2).
  EXPECT_THAT(of(0, 1), testing::ElementsAre(testing::Pair(1, 2)));
}

TEST_F(NeighbourhoodsTest, TheirGramMatrixIsThatOfTheirColumns) {
  of(0, 10);  // items 1 and 2
  for (int again = 0; again < 2; ++again) {
    math::Matrix gram(2, 2);
    neighbourhoods_.gram(gram.view());
    EXPECT_THAT(gram.values(), testing::ElementsAre(6, 3, 3, 2)) << "nothing is left over from a call";
  }
}

}  // namespace
}  // namespace mla::models::impl
