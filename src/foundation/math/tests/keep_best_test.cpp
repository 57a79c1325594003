#include "foundation/math/keep_best.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::math {
namespace {

std::vector<Scored> sorted(std::vector<Scored> scored) {
  std::sort(scored.begin(), scored.end(), better);
  return scored;
}

void expect_the_best(const std::vector<Scored>& scored, std::size_t k) {
  std::vector<Scored> expected = sorted(scored);
  if (expected.size() > k) expected.resize(k);
  std::vector<Scored> kept = scored;
  keep_best(kept, k);
  EXPECT_EQ(sorted(kept), expected) << scored.size() << " entries, " << k;
}

TEST(KeepBest, EqualsAFullSortAtAnySize) {
  base::Random random(1);
  for (const std::size_t size : {0U, 1U, 5U, 127U, 128U, 129U, 1000U, 5000U}) {
    std::vector<Scored> scored;
    for (std::size_t i = 0; i < size; ++i) {
      scored.push_back({static_cast<std::int32_t>(i), static_cast<float>(random.normal())});
    }
    for (const std::size_t k :
         {std::size_t{0}, std::size_t{1}, size / 3, size - std::min<std::size_t>(size, 1), size, size + 7}) {
      expect_the_best(scored, k);
    }
  }
}

TEST(KeepBest, TiesGoToTheLowerIndex) {
  std::vector<Scored> scored;
  for (std::int32_t i = 0; i < 900; ++i) scored.push_back({899 - i, static_cast<float>(i % 3)});
  for (const std::size_t k : {1U, 299U, 300U, 301U, 650U}) expect_the_best(scored, k);
}

TEST(KeepBest, EveryKindOfNumberHasItsPlace) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> kinds{kInfinity, 1e38F, 1, 1e-30F, 1e-45F, 0.0F, -0.0F, -1e-45F, -1, -1e38F, -kInfinity};
  std::vector<Scored> scored;
  for (std::int32_t i = 0; i < 440; ++i) scored.push_back({i, kinds[static_cast<std::size_t>(i) % kinds.size()]});
  for (std::size_t k = 0; k <= scored.size(); k += 13) expect_the_best(scored, k);
}

// Zeros of both signs are equal: the lower index stays, whatever its sign.
TEST(KeepBest, MinusZeroIsZero) {
  std::vector<Scored> scored;
  for (std::int32_t i = 0; i < 200; ++i) scored.push_back({i, i % 2 == 0 ? -0.0F : 0.0F});
  keep_best(scored, 3);
  std::vector<std::int32_t> kept;
  for (const Scored& one : scored) kept.push_back(one.index);
  EXPECT_THAT(kept, testing::UnorderedElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace mla::math
