#include "learning/models/impl/overlaps.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::models::impl {
namespace {

std::vector<math::Scored> taken(Overlaps& overlaps, std::size_t k) {
  std::vector<math::Scored> best{{7, 7}};  // must be replaced
  overlaps.take_best(k, best);
  std::sort(best.begin(), best.end(), math::better);
  return best;
}

void add(Overlaps& overlaps, std::vector<std::int32_t> positions, float factor, std::vector<float> values) {
  overlaps.add(positions, factor, values);
}

TEST(Overlaps, ByHand) {
  const std::vector<float> scales{1, 2, 0.5F};
  Overlaps overlaps(scales, 0);
  add(overlaps, {0, 1}, 2, {1, 3});  // 2, 6
  add(overlaps, {1, 2}, 1, {1, 4});  // 7, 4
  EXPECT_THAT(taken(overlaps, 2), testing::ElementsAre(math::Scored{1, 14}, math::Scored{0, 2}));
  EXPECT_THAT(taken(overlaps, 2), testing::IsEmpty()) << "nothing is left over";
}

TEST(Overlaps, FewOverlapsCountLess) {
  const std::vector<float> scales{1, 1};
  Overlaps overlaps(scales, 2);
  add(overlaps, {0}, 1, {10});
  for (int again = 0; again < 3; ++again) add(overlaps, {1}, 1, {3});
  // 10 · 1 / (1 + 2) and 9 · 3 / (3 + 2)
  const auto best = taken(overlaps, 2);
  ASSERT_EQ(best.size(), 2U);
  EXPECT_EQ(best[0].index, 1);
  EXPECT_NEAR(best[0].score, 5.4, 1e-5);
  EXPECT_NEAR(best[1].score, 10.0 / 3, 1e-5);
}

TEST(Overlaps, WhatIsDroppedIsNotTaken) {
  const std::vector<float> scales(5, 1.0F);
  for (const float shrink : {0.0F, 1.0F}) {
    Overlaps overlaps(scales, shrink);
    add(overlaps, {1, 3}, 1, {1, 2});
    overlaps.drop(3);
    const auto best = taken(overlaps, 5);
    ASSERT_EQ(best.size(), 1U);
    EXPECT_EQ(best[0].index, 1);
  }
}

// More candidates than the scan has room for, and a last line that is not whole; many equal scores.
TEST(Overlaps, EqualsSortingEverything) {
  constexpr std::size_t kPositions = 5003;
  base::Random random(1);
  std::vector<float> scales(kPositions);
  for (float& scale : scales) scale = static_cast<float>(random.below(4)) / 4;  // some are 0
  for (const float shrink : {0.0F, 2.0F}) {
    Overlaps overlaps(scales, shrink);
    for (const std::size_t k : {1U, 30U, 700U, 6000U}) {
      std::map<std::int32_t, std::pair<float, float>> sums;
      for (int row = 0; row < 200; ++row) {
        std::vector<std::int32_t> positions;
        for (std::int32_t p = static_cast<std::int32_t>(random.below(60)); p < static_cast<std::int32_t>(kPositions);
             p += 1 + static_cast<std::int32_t>(random.below(90))) {
          positions.push_back(p);
          sums[p].first += 0.5F * 2;
          sums[p].second += 1;
        }
        overlaps.add(positions, 0.5F, std::vector<float>(positions.size(), 2.0F));
      }
      std::vector<math::Scored> expected;
      for (const auto& [position, sum] : sums) {
        const float damping = shrink > 0 ? sum.second / (sum.second + shrink) : 1.0F;
        const float score = sum.first * scales[static_cast<std::size_t>(position)] * damping;
        if (score > 0) expected.push_back({position, score});
      }
      std::sort(expected.begin(), expected.end(), math::better);
      expected.resize(std::min(expected.size(), k));
      EXPECT_EQ(taken(overlaps, k), expected) << k;
    }
  }
}

}  // namespace
}  // namespace mla::models::impl
