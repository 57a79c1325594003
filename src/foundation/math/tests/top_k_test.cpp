#include "foundation/math/top_k.h"

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

std::vector<Scored> best(const std::vector<float>& scores, std::size_t k,
                         const std::vector<std::int32_t>& excluded = {}) {
  std::vector<Scored> out{{99, 1.0F}};  // must be replaced
  top_k(scores, excluded, k, out);
  return out;
}

TEST(TopK, BestFirstAndLowerIndexFirstAmongEquals) {
  EXPECT_THAT(best({1, 5, 3, 5, 2}, 3), ElementsAre(Scored{1, 5}, Scored{3, 5}, Scored{2, 3}));
  EXPECT_THAT(best({2, 2, 2, 2}, 2), ElementsAre(Scored{0, 2}, Scored{1, 2}));
}

TEST(TopK, LeavesOutWhatIsExcluded) {
  EXPECT_THAT(best({9, 8, 7, 6}, 2, {0, 2}), ElementsAre(Scored{1, 8}, Scored{3, 6}));
  EXPECT_THAT(best({9, 8}, 2, {0, 1}), IsEmpty());
}

TEST(TopK, FewerThanKWhenThereAreFewer) {
  EXPECT_THAT(best({1, 2}, 10), ElementsAre(Scored{1, 2}, Scored{0, 1}));
  EXPECT_THAT(best({}, 3), IsEmpty());
  EXPECT_THAT(best({1, 2}, 0), IsEmpty());
}

TEST(TopK, NotANumberAndMinusInfinityAreNeverTaken) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(best({nan, -infinity, -1, nan}, 4), ElementsAre(Scored{2, -1}));
}

// Against a full sort, on rows longer than one block, with many ties and gaps.
TEST(TopK, EqualsAFullSort) {
  base::Random random(7);
  for (const std::size_t n : {1U, 15U, 16U, 17U, 1023U, 1025U, 5000U}) {
    for (const std::size_t k : {1U, 7U, 100U, 3000U}) {
      std::vector<float> scores(n);
      for (float& s : scores) s = static_cast<float>(random.below(50));
      std::vector<std::int32_t> excluded;
      std::vector<Scored> expected;
      for (std::size_t i = 0; i < n; ++i) {
        if (random.below(4) == 0) {
          excluded.push_back(static_cast<std::int32_t>(i));
        } else {
          expected.push_back({static_cast<std::int32_t>(i), scores[i]});
        }
      }
      std::sort(expected.begin(), expected.end(), better);
      expected.resize(std::min(k, expected.size()));
      EXPECT_EQ(best(scores, k, excluded), expected) << "n " << n << " k " << k;
    }
  }
}

}  // namespace
}  // namespace mla::math
