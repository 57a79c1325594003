#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/matching/matches.h"

namespace mla::catalog {
namespace {

using base::ItemId;
using base::UserId;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixMillis kNow = 1'714'564'800'000;
constexpr base::UnixMillis kDay = base::kMillisPerDay;

class Charts : public testing::Test {
 protected:
  void put(const std::string& id, const std::string& title, const std::string& artist, const std::string& date = {},
           ItemKind kind = ItemKind::kTrack) {
    Item item;
    item.id = ItemId(id);
    item.kind = kind;
    item.title = title;
    item.artist = artist;
    item.release_date = date;
    ASSERT_TRUE(catalog_.put_items(std::span(&item, 1)).ok());
  }
  void play(const char* user, const char* item, std::optional<base::UnixMillis> time, double weight = 1,
            EventType type = EventType::kListen) {
    Event event;
    event.user = UserId(user);
    event.item = ItemId(item);
    event.time = time;
    event.weight = weight;
    event.type = type;
    ASSERT_TRUE(catalog_.add_events(std::span(&event, 1), "test").ok());
  }
  static std::vector<std::string> ids(const std::vector<Played>& played) {
    std::vector<std::string> found;
    for (const Played& one : played) found.push_back(one.item.id.str());
    return found;
  }
  static std::vector<std::string> ids(const std::vector<Item>& items) {
    std::vector<std::string> found;
    for (const Item& one : items) found.push_back(one.id.str());
    return found;
  }
  std::unique_ptr<store::Database> database_ = store::fresh_database();
  Catalog catalog_ = Catalog::open(*database_).value();
};

TEST_F(Charts, PlaysFadeByHalfLives) {
  play("u", "old", kNow - 60 * kDay, 3);       // worth 3/4
  play("u", "new", kNow, 1);                   // 1
  play("u", "middle", kNow - 30 * kDay, 1.8);  // 0.9
  const auto played = catalog_.most_played(kNow, 30, 10).value();
  EXPECT_THAT(ids(played), ElementsAre("new", "middle", "old"));
  EXPECT_DOUBLE_EQ(played[0].faded, 1);
  EXPECT_DOUBLE_EQ(played[1].faded, 0.9);
  EXPECT_DOUBLE_EQ(played[2].faded, 0.75);
  EXPECT_DOUBLE_EQ(played[2].plays, 3);
  EXPECT_DOUBLE_EQ(played[2].recent_plays, 0);
  EXPECT_DOUBLE_EQ(played[1].recent_plays, 1.8) << "exactly a half-life ago is recent";
}

TEST_F(Charts, ListenersCountOnce) {
  play("a", "x", kNow - 100 * kDay);
  play("a", "x", kNow - kDay);
  play("a", "x", kNow);
  play("b", "x", kNow - 100 * kDay);
  play("c", "x", std::nullopt, 5);
  const auto played = catalog_.most_played(kNow, 30, 10).value();
  ASSERT_THAT(played, SizeIs(1));
  EXPECT_EQ(played[0].listeners, 3);
  EXPECT_EQ(played[0].recent_listeners, 1);
  EXPECT_DOUBLE_EQ(played[0].plays, 9);
  EXPECT_DOUBLE_EQ(played[0].recent_plays, 2);
}

TEST_F(Charts, OnlyListensOfWhatIsThereCount) {
  play("a", "x", kNow);
  play("a", "skipped", kNow, 9, EventType::kSkip);
  play("a", "liked", kNow, 9, EventType::kLike);
  play("a", "removed", kNow, 9);
  ASSERT_TRUE(catalog_.remove_item(ItemId("removed")).value());
  play("b", "future", kNow + 100 * kDay, 0.5);  // a clock that is wrong: not more than today
  const auto played = catalog_.most_played(kNow, 30, 10).value();
  EXPECT_THAT(ids(played), ElementsAre("x", "future"));
  EXPECT_DOUBLE_EQ(played[1].faded, 0.5);
  EXPECT_THAT(ids(catalog_.most_played(kNow, 30, 1).value()), ElementsAre("x"));
}

TEST_F(Charts, PlaysOfAMatchedItemAreThoseOfTheFile) {
  put("file", "Song", "Artist");
  Item heard;
  heard.id = ItemId("heard");
  heard.title = "Song";
  ASSERT_TRUE(catalog_.put_heard_items(std::span(&heard, 1)).ok());
  play("a", "heard", kNow);
  play("a", "file", kNow - 1);
  const auto connection = database_->acquire().value();
  ASSERT_TRUE(connection
                  ->execute("UPDATE heard_items SET owned = (SELECT key FROM items WHERE id = 'file') WHERE item = "
                            "(SELECT key FROM items WHERE id = 'heard')")
                  .ok());
  const auto played = catalog_.most_played(kNow, 30, 10).value();
  ASSERT_THAT(ids(played), ElementsAre("file"));
  EXPECT_DOUBLE_EQ(played[0].plays, 2);
  EXPECT_EQ(played[0].listeners, 1);
}

TEST_F(Charts, ReleasesAreNewestFirstAndNotOfTheFuture) {
  put("year", "A", "X", "2024");
  put("month", "B", "X", "2024-04");
  put("day", "C", "X", "2024-05-01");
  put("tomorrow", "D", "X", "2024-05-02");
  put("unknown", "E", "X");
  put("artist", "F", "", "2024-01-01", ItemKind::kArtist);
  put("same day", "G", "X", "2024-05-01");
  EXPECT_THAT(ids(catalog_.newest_releases("2024-05-01", 10).value()), ElementsAre("same day", "day", "month", "year"));
  EXPECT_THAT(ids(catalog_.newest_releases("2024-05-01", 2).value()), ElementsAre("same day", "day"));
  ASSERT_TRUE(catalog_.remove_item(ItemId("day")).value());
  EXPECT_THAT(ids(catalog_.newest_releases("2024-04-30", 10).value()), ElementsAre("month", "year"));
}

TEST_F(Charts, ArtistsAreThoseOfTracksAndOfTheirOwn) {
  put("1", "A", "Zappa");
  put("2", "B", "Zappa");
  put("3", "C", "Abba");
  put("4", "D", "");
  put("5", "Moby", "", "", ItemKind::kArtist);
  put("6", "Moby", "", "", ItemKind::kArtist);
  put("7", "Abba", "", "", ItemKind::kArtist);
  EXPECT_THAT(catalog_.artists("", 10).value(),
              ElementsAre(ArtistCount{"Abba", 1}, ArtistCount{"Moby", 0}, ArtistCount{"Zappa", 2}));
  EXPECT_THAT(catalog_.artists("", 2).value(), ElementsAre(ArtistCount{"Abba", 1}, ArtistCount{"Moby", 0}));
  EXPECT_THAT(catalog_.artists("Moby", 10).value(), ElementsAre(ArtistCount{"Zappa", 2}));
  EXPECT_THAT(catalog_.artists("Zappa", 10).value(), IsEmpty());
  ASSERT_TRUE(catalog_.remove_item(ItemId("3")).value());
  EXPECT_THAT(catalog_.artists("", 1).value(), ElementsAre(ArtistCount{"Abba", 0}));
  EXPECT_EQ(catalog_.artist("Moby").value()->id, ItemId("5"));
  EXPECT_EQ(catalog_.artist("Zappa").value(), std::nullopt);
}

TEST_F(Charts, TracksOfAnArtistArePagedById) {
  for (const char* id : {"c", "a", "b"}) put(id, id, "X");
  put("d", "d", "Y");
  EXPECT_THAT(ids(catalog_.tracks_of("X", ItemId(), 2).value()), ElementsAre("a", "b"));
  EXPECT_THAT(ids(catalog_.tracks_of("X", ItemId("b"), 2).value()), ElementsAre("c"));
  EXPECT_THAT(catalog_.tracks_of("", ItemId(), 2).value(), IsEmpty());
}

}  // namespace
}  // namespace mla::catalog
