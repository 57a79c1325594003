#include "learning/models/validation/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::models {
namespace {

using testing::ElementsAre;

std::vector<std::int32_t> copy(std::span<const std::int32_t> list) { return {list.begin(), list.end()}; }

TEST(Ranker, OrdersByScoreAndLeavesOutTheMasked) {
  Ranker ranker(5);
  const std::vector<float> scores = {0.1F, 0.9F, 0.5F, -2.0F, 0.7F};
  const std::vector<std::int32_t> masked = {1};
  const std::vector<std::int32_t> relevant = {2, 3};
  EXPECT_THAT(copy(ranker.top(scores, masked, relevant, 3)), ElementsAre(4, 2, 0));
  EXPECT_THAT(ranker.hits(), ElementsAre(0, 1, 0));
}

TEST(Ranker, BreaksTiesAgainstTheModel) {
  Ranker ranker(4);
  const std::vector<float> scores(4, 1.0F);
  const std::vector<std::int32_t> relevant = {0, 2};
  EXPECT_THAT(copy(ranker.top(scores, {}, relevant, 4)), ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(ranker.hits(), ElementsAre(0, 0, 1, 1));
}

TEST(Ranker, KeepsNothingFromOneCallToTheNext) {
  Ranker ranker(2);
  const std::vector<float> scores = {1.0F, 0.0F};
  const std::vector<std::int32_t> first = {0};
  EXPECT_THAT(copy(ranker.top(scores, first, first, 2)), ElementsAre(1));
  EXPECT_THAT(copy(ranker.top(scores, {}, {}, 2)), ElementsAre(0, 1));
  EXPECT_THAT(ranker.hits(), ElementsAre(0, 0));
}

TEST(Ranker, GivesAShorterListWhenTheCatalogueIsSmall) {
  Ranker ranker(3);
  const std::vector<float> scores = {3, 2, 1};
  const std::vector<std::int32_t> masked = {0, 1, 2};
  EXPECT_EQ(ranker.top(scores, {}, {}, 100).size(), 3U);
  EXPECT_TRUE(ranker.top(scores, masked, {}, 100).empty());
  EXPECT_TRUE(ranker.top(scores, {}, {}, 0).empty());
}

TEST(Ranker, AgreesWithAFullSortOfManyScoresWithTies) {
  constexpr std::int32_t kItems = 5000;
  base::Random random(3);
  std::vector<float> scores(kItems);
  std::vector<std::int32_t> relevant, masked;
  std::vector<int> state(kItems, 0);
  for (std::int32_t i = 0; i < kItems; ++i) {
    scores[i] = static_cast<float>(random.below(300));
    const auto kind = random.below(10);
    if (kind == 0) relevant.push_back(i), state[i] = 1;
    if (kind == 1) masked.push_back(i), state[i] = 2;
  }
  std::vector<std::int32_t> expected(kItems);
  std::iota(expected.begin(), expected.end(), 0);
  std::erase_if(expected, [&](std::int32_t i) { return state[i] == 2; });
  std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : state[a] < state[b];
  });
  expected.resize(50);
  Ranker ranker(kItems);
  EXPECT_EQ(copy(ranker.top(scores, masked, relevant, 50)), expected);
}

TEST(Ndcg, IsOneForAPerfectListAndDiscountsByRank) {
  const std::vector<std::uint8_t> perfect = {1, 1, 0};
  EXPECT_DOUBLE_EQ(ndcg(perfect, 2, 3), 1.0);
  // One of two relevant items, at rank 3: (1/log2 4) / (1/log2 2 + 1/log2 3).
  const std::vector<std::uint8_t> late = {0, 0, 1};
  EXPECT_NEAR(ndcg(late, 2, 3), 0.5 / (1.0 + 1.0 / std::log2(3.0)), 1e-12);
  // Five relevant items but two places: the ideal list has two.
  const std::vector<std::uint8_t> full = {1, 1};
  EXPECT_DOUBLE_EQ(ndcg(full, 5, 2), 1.0);
  EXPECT_DOUBLE_EQ(ndcg(late, 0, 3), 0.0);
}

}  // namespace
}  // namespace mla::models
