#include "knowledge/catalog/matching/matches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/interactions.h"
#include "knowledge/catalog/utc_offset.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MatchesTest : public testing::Test {
 protected:
  static Item item(const char* id, const char* title, const char* artist, const char* path = "") {
    Item made;
    made.id = base::ItemId(id);
    made.title = title;
    made.artist = artist;
    made.path = path;
    return made;
  }
  void own(const Item& made) { catalog_.put_items({&made, 1}).value(); }
  void hear(const Item& made, base::UnixMillis time) {
    catalog_.put_heard_items({&made, 1}).value();
    Event event;
    event.user = base::UserId("me");
    event.item = made.id;
    event.time = time;
    catalog_.add_events({&event, 1}, "test").value();
  }
  MatchReport match() {
    base::Work work{pool_, progress_, cancel_};
    return match_history(catalog_, work).value();
  }
  std::vector<std::string> history() {
    std::vector<std::string> ids;
    const std::vector<Event> events = catalog_.history(base::UserId("me"), 100).value();
    for (const Event& event : events) ids.push_back(event.item.str());
    return ids;
  }
  std::vector<std::string> items() {
    std::vector<std::string> ids;
    catalog_
        .for_each_item([&](const Item& each) {
          ids.push_back(each.id.str());
          return base::Status();
        })
        .value();
    return ids;
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  Catalog catalog_ = Catalog::open(*database_).value();
  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
};

TEST_F(MatchesTest, AMatchCountsWhereverEventsAreRead) {
  hear(item("spotify:track:1", "Heroes - 2017 Remaster", "David Bowie"), 1000);
  hear(item("spotify:track:2", "Unknown", "Nobody"), 2000);
  own(item("file:1", "Heroes", "David Bowie", "/m/heroes.flac"));
  const std::int64_t before = catalog_.revision().value();
  const MatchReport report = match();
  EXPECT_EQ(report.heard, 2);
  EXPECT_EQ(report.matched, 1);
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.events, 2);
  EXPECT_EQ(report.matched_events, 1);
  EXPECT_GT(catalog_.revision().value(), before);
  EXPECT_THAT(history(), ElementsAre("spotify:track:2", "file:1"));
  EXPECT_THAT(items(), ElementsAre("spotify:track:2", "file:1"));
  const Interactions data = read_interactions(catalog_).value();
  ASSERT_EQ(data.rows.size(), 2U);
  EXPECT_EQ(data.items[static_cast<std::size_t>(data.rows[0].item)].str(), "file:1");
  EXPECT_EQ(data.items.size(), 2U);
  EXPECT_EQ(catalog_.resolve("spotify:track:1").value()->str(), "file:1");
  std::vector<std::string> seen;
  catalog_
      .for_each_event([&](const Event& event) {
        seen.push_back(event.item.str());
        return base::Status();
      })
      .value();
  EXPECT_THAT(seen, ElementsAre("file:1", "spotify:track:2"));
  EXPECT_EQ(match().added, 0);
}

TEST_F(MatchesTest, AMatchedEventKeepsItsOwnTimeOfDay) {
  const Item heard = item("h1", "Heroes", "David Bowie");
  catalog_.put_heard_items({&heard, 1}).value();
  Event event;
  event.user = base::UserId("me");
  event.item = heard.id;
  event.time = 1000;
  event.context = R"({"utc_offset_minutes":120})";
  catalog_.add_events({&event, 1}, "test").value();
  own(item("f1", "Heroes", "David Bowie", "/m/1"));
  const auto contexts = [&] {
    std::vector<std::string> seen;
    for_each_event_context(catalog_, [&](const EventContext& one) {
      seen.push_back(std::string(one.item) + ' ' + std::to_string(utc_offset_in_context(one.context).value_or(-1)));
      return base::Status();
    }).value();
    return seen;
  };
  EXPECT_THAT(contexts(), ElementsAre("h1 120"));
  ASSERT_EQ(match().matched, 1);
  EXPECT_THAT(contexts(), ElementsAre("f1 120")) << "the item as training names it";
  EXPECT_EQ(catalog_.history(base::UserId("me"), 1).value().at(0).context, event.context);
  // The same row again is the same event, matched or not.
  EXPECT_EQ(catalog_.add_events({&event, 1}, "test").value().unchanged, 1);
  undo_match(catalog_, heard.id).value();
  EXPECT_THAT(contexts(), ElementsAre("h1 120"));
}

TEST_F(MatchesTest, AnUndoneMatchIsNeverMadeAgain) {
  hear(item("h1", "Heroes", "David Bowie"), 1000);
  own(item("f1", "Heroes", "David Bowie", "/m/1"));
  match();
  const HeardItem undone = undo_match(catalog_, base::ItemId("h1")).value();
  EXPECT_EQ(undone.owned.id.str(), "f1");
  EXPECT_EQ(undone.rule, "name");
  EXPECT_THAT(history(), ElementsAre("h1"));
  EXPECT_EQ(match().added, 0);
  EXPECT_THAT(history(), ElementsAre("h1"));
  const auto again = undo_match(catalog_, base::ItemId("h1"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, base::ErrorCode::kNotFound);
}

TEST_F(MatchesTest, FilesThatComeLaterAreMatchedLaterAndRemovedOnesLetGo) {
  hear(item("h1", "Heroes", "David Bowie"), 1000);
  EXPECT_EQ(match().matched, 0);
  ASSERT_EQ(unmatched_items(catalog_, 10).value().size(), 1U);
  EXPECT_EQ(unmatched_items(catalog_, 10).value()[0].events, 1);
  own(item("f1", "Heroes", "David Bowie", "/m/1"));
  EXPECT_EQ(match().matched, 1);
  EXPECT_THAT(unmatched_items(catalog_, 10).value(), IsEmpty());
  const auto matched = matched_items(catalog_, 1, 10).value();
  ASSERT_EQ(matched.size(), 1U);
  EXPECT_EQ(matched[0].heard.id.str(), "h1");
  EXPECT_EQ(matched[0].owned.id.str(), "f1");
  EXPECT_EQ(matched[0].events, 1);
  EXPECT_THAT(matched_items(catalog_, 0.5, 10).value(), IsEmpty());
  catalog_.remove_item(base::ItemId("f1")).value();
  EXPECT_THAT(history(), ElementsAre("h1"));
  EXPECT_EQ(match().matched, 0);
}

TEST_F(MatchesTest, WhatACatalogueDescribesIsNotHeardOnly) {
  own(item("spotify:track:1", "Heroes", "David Bowie"));
  hear(item("spotify:track:1", "Other", "Words"), 1000);
  EXPECT_EQ(catalog_.find_item(base::ItemId("spotify:track:1")).value()->title, "Heroes");
  EXPECT_EQ(match().heard, 0);
}

TEST_F(MatchesTest, AHeardItemLearnsWhatItLacks) {
  hear(item("h1", "Heroes", "David Bowie"), 1000);
  Item more = item("h1", "Changed", "David Bowie");
  more.duration_seconds = 371;
  more.external_ids = {{"isrc", "X"}};
  EXPECT_EQ(catalog_.put_heard_items({&more, 1}).value().updated, 1);
  EXPECT_EQ(catalog_.put_heard_items({&more, 1}).value().unchanged, 1);
  const Item stored = *catalog_.find_item(base::ItemId("h1")).value();
  EXPECT_EQ(stored.title, "Heroes");
  EXPECT_EQ(stored.duration_seconds, 371);
  EXPECT_EQ(stored.external_ids.at("isrc"), "X");
}

TEST_F(MatchesTest, ACancelledRunKeepsNothing) {
  hear(item("h1", "Heroes", "David Bowie"), 1000);
  own(item("f1", "Heroes", "David Bowie", "/m/1"));
  cancel_.cancel();
  base::Work work{pool_, progress_, cancel_};
  EXPECT_FALSE(match_history(catalog_, work).ok());
  EXPECT_THAT(matched_items(catalog_, 1, 10).value(), IsEmpty());
}

TEST_F(MatchesTest, VersionsOfOneSongAreGrouped) {
  own(item("1", "Heroes", "David Bowie", "/1"));
  own(item("2", "Heroes - Live", "David Bowie", "/2"));
  own(item("3", "Heroes", "Motörhead", "/3"));
  own(item("4", "", "", "/4"));
  const auto songs = song_versions(catalog_).value();
  ASSERT_EQ(songs.size(), 1U);
  EXPECT_EQ(songs[0].size(), 2U);
}

TEST_F(MatchesTest, TheSummaryNamesShares) {
  MatchReport report{.heard = 4, .matched = 3, .added = 3, .events = 10, .matched_events = 9};
  EXPECT_EQ(summary(report), "3 of 4 heard tracks (75.0 %) are in the library, 90.0 % of 10 events; 1 are unmatched");
  EXPECT_THAT(summary(MatchReport{}), testing::HasSubstr("0 of 0"));
}

}  // namespace
}  // namespace mla::catalog
