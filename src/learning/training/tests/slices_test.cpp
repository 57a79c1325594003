#include "learning/training/gate/slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::training {
namespace {

using testing::ElementsAre;

// Three listeners, six items. Item 0 is heard by all, 1 by two, 2 to 4 by one, 5 by nobody. Tags: jazz (0, 2), rock
// (1).
models::Holdout sample() {
  models::Holdout recent;
  recent.rest.interactions =
      math::make_csr(3, 6,
                     std::vector<math::Triplet>{
                         {0, 0, 1}, {0, 1, 1}, {0, 2, 1}, {0, 3, 1}, {0, 4, 1}, {1, 0, 1}, {1, 1, 1}, {2, 0, 1}});
  recent.rest.item_tags = math::make_csr(6, 3, std::vector<math::Triplet>{{0, 0, 1}, {2, 0, 1}, {1, 1, 1}});
  recent.rest.tag_names = {"jazz", "rock", "silence"};
  recent.held = math::make_csr(3, 6, std::vector<math::Triplet>{{0, 5, 1}, {1, 2, 1}, {1, 0, 1}, {2, 1, 1}, {2, 2, 1}});
  return recent;
}

TEST(Slices, NewListenersHaveFewKnownItems) {
  const auto slices = make_slices(sample());
  EXPECT_EQ(slices[0].name, "new listeners");
  EXPECT_THAT(slices[0].users, ElementsAre(0, 1, 1));
  EXPECT_TRUE(slices[0].has_item(3)) << "all items";
  EXPECT_FALSE(slices[0].has_user(0));
}

TEST(Slices, TheLongTailIsWhatIsHeardLeast) {
  const auto slices = make_slices(sample());
  EXPECT_EQ(slices[1].name, "long-tail items");
  EXPECT_THAT(slices[1].items, ElementsAre(0, 0, 1, 0, 0, 1)) << "a fifth of eight pairs is one, and what nobody heard";
  EXPECT_TRUE(slices[1].has_user(0)) << "all listeners";
}

TEST(Slices, TagsOfHeldItemsMostListenersFirst) {
  const auto slices = make_slices(sample());
  ASSERT_EQ(slices.size(), 4u) << "nobody is asked about silence";
  EXPECT_EQ(slices[2].name, "tag jazz");
  EXPECT_THAT(slices[2].items, ElementsAre(1, 0, 1, 0, 0, 0));
  EXPECT_EQ(slices[3].name, "tag rock");
}

TEST(Slices, AtMostTwentyTags) {
  models::Holdout recent = sample();
  std::vector<math::Triplet> tags;
  recent.rest.tag_names.clear();
  for (std::int32_t tag = 0; tag < 30; ++tag) {
    tags.push_back({2, tag, 1});
    recent.rest.tag_names.push_back("t" + std::to_string(tag));
  }
  recent.rest.item_tags = math::make_csr(6, 30, tags);
  EXPECT_EQ(make_slices(recent).size(), 2u + kMostTagSlices);
}

TEST(Slices, NothingHeldOutAndNoTags) {
  models::Holdout recent;
  recent.rest.interactions = math::make_csr(0, 0, {});
  recent.held = math::make_csr(0, 0, {});
  EXPECT_EQ(make_slices(recent).size(), 2u);
}

}  // namespace
}  // namespace mla::training
