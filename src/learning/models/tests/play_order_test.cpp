#include "learning/models/impl/play_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::models::impl {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;

TEST(PlayOrder, OldestFirstWhateverTheIndex) {
  const std::vector<std::int32_t> items{2, 5, 7};
  EXPECT_THAT(in_order(items, std::vector<base::UnixMillis>{30, 10, 20}),
              ElementsAre(FieldsAre(5, 0), FieldsAre(7, 1), FieldsAre(2, 2)));
}

TEST(PlayOrder, OneTimeIsOnePlaceAndTheNextPlaceCountsThemAll) {
  const std::vector<std::int32_t> items{0, 1, 2, 3};
  EXPECT_THAT(in_order(items, std::vector<base::UnixMillis>{20, 10, 10, 30}),
              ElementsAre(FieldsAre(1, 0), FieldsAre(2, 0), FieldsAre(0, 2), FieldsAre(3, 3)));
}

TEST(PlayOrder, UnknownTimesHaveNoPlace) {
  const std::vector<std::int32_t> items{0, 1, 2};
  EXPECT_THAT(in_order(items, std::vector<base::UnixMillis>{0, 10, 0}), ElementsAre(FieldsAre(1, 0)));
  EXPECT_TRUE(in_order(items, {}).empty());
}

TEST(PlayOrder, NewerEntriesAreCountedWithoutThoseOfTheSameTime) {
  EXPECT_THAT(newer_entries(std::vector<HistoryEntry>{{0, 1, 20}, {1, 1, 10}, {2, 1, 0}, {3, 1, 20}, {4, 1, 40}}),
              ElementsAre(1, 3, 4, 1, 0));
  EXPECT_TRUE(newer_entries({}).empty());
}

}  // namespace
}  // namespace mla::models::impl
