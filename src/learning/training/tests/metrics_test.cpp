#include "learning/training/metrics.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace mla::training {
namespace {

TEST(ListMetrics, OfAHandWorkedList) {
  // K = 4, hits at ranks 1 and 3, three relevant items.
  const std::vector<std::uint8_t> hits = {1, 0, 1, 0};
  const ListMetrics m = list_metrics(hits, 3, 4);
  EXPECT_DOUBLE_EQ(m.recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(m.recall_min, 2.0 / 3);
  EXPECT_DOUBLE_EQ(m.map, (1.0 / 1 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(m.hit_rate, 1.0);
  EXPECT_NEAR(m.ndcg, (1.0 + 1.0 / 2) / (1.0 + 1.0 / std::log2(3.0) + 1.0 / 2), 1e-12);
}

TEST(ListMetrics, CutTheIdealAtKWhenMoreIsRelevant) {
  // K = 2, ten relevant items, both places hit: recall is 2/10, all that divide by min(K, |T|) are 1.
  const std::vector<std::uint8_t> hits = {1, 1};
  const ListMetrics m = list_metrics(hits, 10, 2);
  EXPECT_DOUBLE_EQ(m.recall, 0.2);
  EXPECT_DOUBLE_EQ(m.recall_min, 1.0);
  EXPECT_DOUBLE_EQ(m.map, 1.0);
  EXPECT_DOUBLE_EQ(m.ndcg, 1.0);
}

TEST(ListMetrics, WithoutHitsAreZero) {
  const std::vector<std::uint8_t> hits = {0, 0, 0};
  const ListMetrics m = list_metrics(hits, 1, 3);
  EXPECT_EQ(m.recall + m.recall_min + m.map + m.ndcg + m.hit_rate, 0.0);
}

TEST(ListMetrics, OfAListShorterThanK) {
  const std::vector<std::uint8_t> hits = {0, 1};
  const ListMetrics m = list_metrics(hits, 2, 20);
  EXPECT_DOUBLE_EQ(m.recall, 0.5);
  EXPECT_DOUBLE_EQ(m.recall_min, 0.5);
  EXPECT_DOUBLE_EQ(m.map, 0.5 / 2);
  EXPECT_EQ(list_metrics({}, 2, 20).recall, 0.0);
}

TEST(Coverage, CountsItemsThatAnyListHas) {
  const std::vector<std::int64_t> listed = {3, 0, 1, 0, 0};
  EXPECT_DOUBLE_EQ(coverage(listed), 0.4);
  EXPECT_EQ(coverage({}), 0.0);
}

TEST(Gini, OfHandWorkedCounts) {
  const std::vector<std::int64_t> equal = {2, 2, 2, 2};
  EXPECT_DOUBLE_EQ(gini(equal), 0.0);
  // One item takes all of n = 4: (2·4 − 4 − 1)·c / (4·c) = 3/4.
  const std::vector<std::int64_t> one = {0, 8, 0, 0};
  EXPECT_DOUBLE_EQ(gini(one), 0.75);
  // Ascending 0 1 3: ((2−4)·0 + (4−4)·1 + (6−4)·3) / (3·4) = 6/12.
  const std::vector<std::int64_t> mixed = {3, 0, 1};
  EXPECT_DOUBLE_EQ(gini(mixed), 0.5);
  const std::vector<std::int64_t> none = {0, 0};
  EXPECT_EQ(gini(none), 0.0);
}

TEST(Novelty, IsTheMeanSurprise) {
  // Of 8 users all have item 0, two have item 1, nobody has item 2 (counted as one).
  const std::vector<std::int64_t> item_users = {8, 2, 0};
  const std::vector<std::int32_t> list = {0, 1, 2};
  EXPECT_DOUBLE_EQ(novelty(list, item_users, 8), (0.0 + 2.0 + 3.0) / 3);
  EXPECT_EQ(novelty({}, item_users, 8), 0.0);
  EXPECT_EQ(novelty(list, item_users, 0), 0.0);
}

}  // namespace
}  // namespace mla::training
