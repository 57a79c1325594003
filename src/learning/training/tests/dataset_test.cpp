#include "learning/training/dataset.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::training {
namespace {

using catalog::EventType;
using testing::ElementsAre;

catalog::Item item(const char* id, const char* artist = "", std::vector<catalog::Tag> tags = {}) {
  catalog::Item made;
  made.id = base::ItemId(id);
  made.artist = artist;
  made.tags = std::move(tags);
  return made;
}

// The strength of the one pair that these events make, or 0 if it does not count as liked.
struct Given {
  EventType type;
  double weight = 1;
  std::optional<base::UnixMillis> time = {};
};
float strength(const std::vector<Given>& events) {
  DatasetBuilder builder(true);
  for (const Given& e : events) builder.add_event("u", "i", e.type, e.weight, e.time);
  const Dataset dataset = builder.build();
  return dataset.data.interactions.values.empty() ? 0 : dataset.data.interactions.values.at(0);
}

TEST(Dataset, IdsAscendBytewiseWhateverTheOrderOfEvents) {
  DatasetBuilder builder(true);
  builder.add_event("zoe", "9", EventType::kListen, 2, {});
  builder.add_event("adam", "10", EventType::kListen, 1, {});
  builder.add_event("zoe", "10", EventType::kListen, 4, {});
  const Dataset dataset = builder.build();
  EXPECT_THAT(dataset.user_ids, ElementsAre("adam", "zoe"));
  EXPECT_THAT(dataset.item_ids, ElementsAre("10", "9"));
  EXPECT_THAT(dataset.data.interactions.offsets, ElementsAre(0, 1, 3));
  EXPECT_THAT(dataset.data.interactions.columns, ElementsAre(0, 0, 1));
  EXPECT_THAT(dataset.data.interactions.values, ElementsAre(1, 4, 2));
  EXPECT_EQ(dataset.find_item("9"), 1);
  EXPECT_EQ(dataset.find_user("adam"), 0);
  EXPECT_EQ(dataset.find_item("1"), std::nullopt);
  EXPECT_TRUE(dataset.data.times.empty());
}

TEST(Dataset, AddsUpWhatAListenerDid) {
  EXPECT_FLOAT_EQ(strength({{EventType::kListen, 2}, {EventType::kListen, 3}}), 5);
  EXPECT_FLOAT_EQ(strength({{EventType::kListen, 2}, {EventType::kLike}}), 5);
  EXPECT_FLOAT_EQ(strength({{EventType::kListen, 2}, {EventType::kSkip}}), 1);
  EXPECT_EQ(strength({{EventType::kListen}, {EventType::kSkip}}), 0);
  EXPECT_EQ(strength({{EventType::kSkip}}), 0);
}

TEST(Dataset, ADislikeOrBanTakesThePairOutUntilALaterLike) {
  EXPECT_EQ(strength({{EventType::kListen, 9, 10}, {EventType::kDislike, 1, 20}}), 0);
  EXPECT_EQ(strength({{EventType::kListen, 9, 30}, {EventType::kBan, 1, 20}}), 0);
  EXPECT_EQ(strength({{EventType::kLike, 1, 10}, {EventType::kDislike, 1, 20}}), 0);
  EXPECT_FLOAT_EQ(strength({{EventType::kDislike, 1, 10}, {EventType::kLike, 1, 20}}), 3);
  EXPECT_EQ(strength({{EventType::kLike, 1, 20}, {EventType::kDislike, 1, 20}}), 0);
  // At an unknown time the unfavourable verdict holds, in whatever order they come.
  EXPECT_EQ(strength({{EventType::kDislike}, {EventType::kLike}}), 0);
  EXPECT_EQ(strength({{EventType::kLike, 1, 20}, {EventType::kBan}}), 0);
}

TEST(Dataset, KeepsFirstAndLastTimeOfListening) {
  DatasetBuilder builder(true);
  builder.add_event("u", "a", EventType::kListen, 1, 300);
  builder.add_event("u", "a", EventType::kListen, 1, 100);
  builder.add_event("u", "a", EventType::kListen, 3, {});
  builder.add_event("u", "a", EventType::kSkip, 1, 900);
  builder.add_event("u", "b", EventType::kListen, 1, {});
  const Dataset dataset = builder.build();
  EXPECT_THAT(dataset.data.times, ElementsAre(300, 0));
  EXPECT_THAT(dataset.first_times, ElementsAre(100, 0));
}

// What time of day means is learnt from timed listens and likes: not from skips, nor from users who are left out.
TEST(Dataset, ListensAreTheTimedListensAndLikesOfItsUsers) {
  DatasetBuilder builder(true);
  builder.add_event("skipper", "a", EventType::kSkip, 1, 50);
  builder.add_event("u", "b", EventType::kListen, 1, 300);
  builder.add_event("u", "b", EventType::kListen, 1, 100);
  builder.add_event("u", "b", EventType::kListen, 1, {});
  builder.add_event("u", "b", EventType::kSkip, 1, 900);
  builder.add_event("v", "a", EventType::kLike, 1, 200);
  builder.add_event("v", "c", EventType::kListen, 1, 400);
  builder.add_event("v", "c", EventType::kDislike, 1, 500);
  const Dataset dataset = builder.build();
  ASSERT_THAT(dataset.user_ids, ElementsAre("u", "v"));
  EXPECT_THAT(dataset.listens,
              ElementsAre(testing::FieldsAre(0, 1, 300, std::nullopt), testing::FieldsAre(0, 1, 100, std::nullopt),
                          testing::FieldsAre(1, 0, 200, std::nullopt), testing::FieldsAre(1, 2, 400, std::nullopt)));
}

TEST(Dataset, AnEventsOwnUtcOffsetComesBeforeThatOfAll) {
  DatasetBuilder builder(true);
  builder.add_event("v", "b", EventType::kListen, 1, 1000);
  builder.add_event("u", "b", EventType::kListen, 1, 1000);
  builder.add_event("u", "b", EventType::kListen, 1, 2000);
  builder.add_event("u", "a", EventType::kListen, 1, 1000);
  builder.add_utc_offset("u", "b", 2000, -90);
  builder.add_utc_offset("u", "nothing", 2000, 5);
  builder.add_utc_offset("nobody", "b", 2000, 5);
  Dataset dataset = builder.build();
  dataset.utc_offset = 7;
  std::vector<base::UnixMillis> local;
  for (const TimedListen& listen : dataset.listens) local.push_back(dataset.local_time(listen));
  EXPECT_THAT(local, ElementsAre(1007, 1007, 2000 - 90 * 60'000, 1007));
  const std::string with = dataset.fingerprint();
  dataset.listens[2].utc_offset_minutes = -91;
  EXPECT_NE(dataset.fingerprint(), with);
}

TEST(Dataset, MoodsFollowTheirItemsToTheSortedPlaces) {
  DatasetBuilder builder(false);
  builder.add_item(item("z"));
  builder.add_item(item("a"));
  builder.add_mood("z", "calm");
  builder.add_mood("nowhere", "calm");
  builder.add_mood("a", "wild");
  const Dataset dataset = builder.build();
  EXPECT_THAT(dataset.moods, ElementsAre(testing::FieldsAre(1, "calm"), testing::FieldsAre(0, "wild")));
}

TEST(Dataset, LeavesOutUnknownItemsAndUsersWithoutALikedPair) {
  DatasetBuilder builder(false);
  builder.add_item(item("known"));
  builder.add_item(item("cold"));
  builder.add_event("u", "removed", EventType::kListen, 1, {});
  builder.add_event("u", "known", EventType::kListen, 1, {});
  builder.add_event("skipper", "known", EventType::kSkip, 1, {});
  EXPECT_EQ(builder.ignored_events(), 1);
  const Dataset dataset = builder.build();
  EXPECT_THAT(dataset.user_ids, ElementsAre("u"));
  EXPECT_THAT(dataset.item_ids, ElementsAre("cold", "known"));
  EXPECT_THAT(dataset.data.interactions.columns, ElementsAre(1));
}

TEST(Dataset, CarriesTagsAndArtistsToTheSortedItems) {
  DatasetBuilder builder(false);
  builder.add_item(item("z", "Sunn O)))", {{"drone", 5}, {"doom", 2}}));
  builder.add_item(item("a", "sunn o)))", {{"drone", 1}}));
  builder.add_item(item("m"));
  const Dataset dataset = builder.build();
  EXPECT_THAT(dataset.item_ids, ElementsAre("a", "m", "z"));
  EXPECT_THAT(dataset.data.tag_names, ElementsAre("doom", "drone"));
  EXPECT_THAT(dataset.data.item_tags.offsets, ElementsAre(0, 1, 1, 3));
  EXPECT_THAT(dataset.data.item_tags.columns, ElementsAre(1, 0, 1));
  EXPECT_THAT(dataset.data.item_tags.values, ElementsAre(1, 2, 5));
  EXPECT_THAT(dataset.data.item_artists, ElementsAre(0, -1, 0));
}

TEST(Dataset, ThatAnItemIsExplicitIsNoTasteToLearn) {
  DatasetBuilder builder(false);
  builder.add_item(item("a", "x", {{"explicit", 1}, {"rap", 1}}));
  EXPECT_THAT(builder.build().data.tag_names, ElementsAre("rap"));
}

TEST(Dataset, FingerprintFollowsTheContent) {
  const auto made = [](const char* user, double weight) {
    DatasetBuilder builder(true);
    builder.add_event(user, "i", EventType::kListen, weight, {});
    return builder.build().fingerprint();
  };
  EXPECT_EQ(made("u", 1), made("u", 1));
  EXPECT_EQ(made("u", 1).size(), 16U);
  EXPECT_NE(made("u", 1), made("u", 2));
  EXPECT_NE(made("u", 1), made("v", 1));
}

TEST(Dataset, OfNothingIsEmpty) {
  const Dataset dataset = DatasetBuilder(true).build();
  EXPECT_EQ(dataset.data.users(), 0);
  EXPECT_EQ(dataset.data.items(), 0);
  EXPECT_EQ(dataset.find_item("x"), std::nullopt);
  EXPECT_EQ(dataset.fingerprint().size(), 16U);
}

}  // namespace
}  // namespace mla::training
