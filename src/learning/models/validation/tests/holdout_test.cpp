#include "learning/models/validation/holdout.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::models {
namespace {

using testing::ElementsAre;

// User u has the first `sizes[u]` items, with weight item + 1.
TrainingData data_of(const std::vector<std::int32_t>& sizes, std::int32_t items) {
  std::vector<math::Triplet> triplets;
  for (std::size_t user = 0; user < sizes.size(); ++user) {
    for (std::int32_t item = 0; item < sizes[user]; ++item) {
      triplets.push_back({static_cast<std::int32_t>(user), item, static_cast<float>(item + 1)});
    }
  }
  TrainingData data;
  data.interactions = math::make_csr(static_cast<std::int32_t>(sizes.size()), items, triplets);
  return data;
}

TEST(HoldOut, TakesTheShareOfEachUserButNeverAll) {
  const TrainingData data = data_of({10, 1, 2, 0, 3}, 10);
  const Holdout split = hold_out(data, 0.2, 1);
  const math::CsrView held = split.held.view();
  EXPECT_EQ(held.row_size(0), 2U);
  EXPECT_EQ(held.row_size(1), 0U);
  EXPECT_EQ(held.row_size(2), 1U);
  EXPECT_EQ(held.row_size(3), 0U);
  EXPECT_EQ(held.row_size(4), 1U);
  EXPECT_EQ(hold_out(data, 0.99, 1).rest.interactions.view().row_size(2), 1U);
}

TEST(HoldOut, PartsAreDisjointAndMakeUpTheWhole) {
  const TrainingData data = data_of({9, 30, 4}, 30);
  const Holdout split = hold_out(data, 0.3, 7);
  std::vector<math::Triplet> joined;
  for (const math::CsrMatrix* part : {&split.rest.interactions, &split.held}) {
    EXPECT_EQ(part->rows, 3);
    EXPECT_EQ(part->cols, 30);
    for (std::int32_t user = 0; user < part->rows; ++user) {
      for (std::size_t i = 0; i < part->view().row_size(user); ++i) {
        joined.push_back({user, part->view().row_columns(user)[i], part->view().row_values(user)[i]});
      }
    }
  }
  // make_csr adds values of equal pairs: an overlap would show as a doubled value.
  const math::CsrMatrix whole = math::make_csr(3, 30, joined);
  EXPECT_EQ(whole.columns, data.interactions.columns);
  EXPECT_EQ(whole.values, data.interactions.values);
}

TEST(HoldOut, IsFixedByTheSeed) {
  const TrainingData data = data_of({50, 50, 50}, 50);
  EXPECT_EQ(hold_out(data, 0.2, 5).held.columns, hold_out(data, 0.2, 5).held.columns);
  EXPECT_NE(hold_out(data, 0.2, 5).held.columns, hold_out(data, 0.2, 6).held.columns);
}

TEST(HoldOut, TakesTheNewestOfTimedItems) {
  TrainingData data = data_of({5}, 5);
  data.times = {500, 100, 400, 0, 300};
  const Holdout split = hold_out(data, 0.4, 1);
  EXPECT_THAT(split.held.columns, ElementsAre(0, 2));
  EXPECT_THAT(split.rest.times, ElementsAre(100, 0, 300));
}

TEST(HoldOut, KeepsWhatIsKnownAboutItems) {
  TrainingData data = data_of({4}, 4);
  data.item_tags = math::make_csr(4, 1, std::vector<math::Triplet>{{2, 0, 3.0F}});
  data.tag_names = {"drone"};
  data.item_artists = {0, 0, 1, -1};
  const Holdout split = hold_out(data, 0.5, 1);
  EXPECT_EQ(split.rest.item_tags.values, data.item_tags.values);
  EXPECT_EQ(split.rest.tag_names, data.tag_names);
  EXPECT_EQ(split.rest.item_artists, data.item_artists);
}

}  // namespace
}  // namespace mla::models
