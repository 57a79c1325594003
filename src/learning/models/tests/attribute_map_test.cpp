#include "learning/models/impl/attribute_map.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::models::impl {
namespace {

constexpr std::int32_t kHeard = 60;  // even items carry tag 0, odd ones tag 1
constexpr std::int32_t kItems = kHeard + 4;

struct Setting {
  explicit Setting(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

// One listener of the first kHeard items; then unheard ones with tag 0, tag 1, both, and none.
TrainingData tagged() {
  TrainingData data;
  std::vector<math::Triplet> plays;
  std::vector<math::Triplet> tags;
  for (std::int32_t item = 0; item < kHeard; ++item) {
    plays.push_back({0, item, 1});
    tags.push_back({item, item % 2, 1});
  }
  tags.push_back({kHeard, 0, 1});
  tags.push_back({kHeard + 1, 1, 1});
  tags.push_back({kHeard + 2, 0, 1});
  tags.push_back({kHeard + 2, 1, 1});
  data.interactions = math::make_csr(1, kItems, plays);
  data.item_tags = math::make_csr(kItems, 2, tags);
  return data;
}

// Tag 0 stands for (1, 0), tag 1 for (0, -2).
math::Matrix vectors_of_tags() {
  math::Matrix vectors(kItems, 2);
  for (std::size_t item = 0; item < kHeard; ++item) vectors(item, item % 2) = item % 2 == 0 ? 1.0F : -2.0F;
  for (std::size_t item = kHeard; item < kItems; ++item) vectors(item, 0) = vectors(item, 1) = 0.25F;
  return vectors;
}

TEST(AttributeMap, UnheardItemsGetWhatTheirTagsForetellByHand) {
  Setting setting;
  math::Matrix vectors = vectors_of_tags();
  ASSERT_TRUE(foretell_unheard(tagged(), vectors, setting.work).ok());
  // 63 tagged items, 32 carriers of each tag, 30 of them heard; the smallest ridge foretells best.
  const double a = std::log(2.0) * std::log1p(63.0 / 32);
  const double kept = 30 * a * a / (30 * a * a + 3);
  EXPECT_NEAR(vectors(kHeard, 0), kept, 1e-5);
  EXPECT_NEAR(vectors(kHeard, 1), 0, 1e-6);
  EXPECT_NEAR(vectors(kHeard + 1, 1), -2 * kept, 1e-5);
  EXPECT_NEAR(vectors(kHeard + 2, 0), kept, 1e-5);
  EXPECT_NEAR(vectors(kHeard + 2, 1), -2 * kept, 1e-5);
}

TEST(AttributeMap, WhatWasHeardOrHasNoTagStays) {
  Setting setting;
  const math::Matrix before = vectors_of_tags();
  math::Matrix vectors = before;
  ASSERT_TRUE(foretell_unheard(tagged(), vectors, setting.work).ok());
  for (std::size_t item = 0; item < kHeard; ++item) {
    EXPECT_EQ(vectors(item, 0), before(item, 0));
    EXPECT_EQ(vectors(item, 1), before(item, 1));
  }
  EXPECT_EQ(vectors(kHeard + 3, 0), 0.25F);
}

TEST(AttributeMap, AnArtistForetellsWhatTagsDoNot) {
  Setting setting;
  TrainingData data = tagged();
  data.item_tags = math::make_csr(kItems, 0, {});  // by artist alone
  for (std::int32_t item = 0; item < kItems; ++item) data.item_artists.push_back(item < kHeard ? item % 2 : item % 4);
  math::Matrix vectors = vectors_of_tags();
  ASSERT_TRUE(foretell_unheard(data, vectors, setting.work).ok());
  // 30 heard items of each artist, so the smallest prior foretells best.
  EXPECT_NEAR(vectors(kHeard, 0), 30.0 / 31, 1e-5);
  EXPECT_NEAR(vectors(kHeard + 1, 1), -2 * 30.0 / 31, 1e-5);
  EXPECT_EQ(vectors(kHeard + 2, 0), 0) << "an artist of whom nothing was heard: what tags say, which is nothing";
}

TEST(AttributeMap, NothingToLearnFromChangesNothing) {
  Setting setting;
  math::Matrix vectors = vectors_of_tags();
  TrainingData untagged = tagged();
  untagged.item_tags = {};
  ASSERT_TRUE(foretell_unheard(untagged, vectors, setting.work).ok());
  TrainingData unheard = tagged();
  unheard.interactions = math::make_csr(1, kItems, {});
  ASSERT_TRUE(foretell_unheard(unheard, vectors, setting.work).ok());
  EXPECT_EQ(vectors(kHeard, 0), 0.25F);
}

TEST(AttributeMap, SameBitsAtAnyThreadCount) {
  math::Matrix one = vectors_of_tags();
  math::Matrix two = vectors_of_tags();
  Setting first(1);
  Setting second(2);
  ASSERT_TRUE(foretell_unheard(tagged(), one, first.work).ok());
  ASSERT_TRUE(foretell_unheard(tagged(), two, second.work).ok());
  for (std::size_t item = kHeard; item < kItems; ++item) EXPECT_EQ(one(item, 1), two(item, 1));
}

TEST(AttributeMap, Cancels) {
  Setting setting;
  setting.cancel.cancel();
  math::Matrix vectors = vectors_of_tags();
  EXPECT_EQ(foretell_unheard(tagged(), vectors, setting.work).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::models::impl
