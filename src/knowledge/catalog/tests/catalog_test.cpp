#include "knowledge/catalog/catalog.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::catalog {
namespace {

using base::ErrorCode;
using base::EventId;
using base::ItemId;
using base::UserId;
using testing::ElementsAre;
using testing::HasSubstr;

class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = store::fresh_database();
    catalog_.emplace(Catalog::open(*database_).value());
  }
  std::unique_ptr<store::Database> database_;
  std::optional<Catalog> catalog_;
};

Item track(const char* id, const char* title) {
  Item item;
  item.id = ItemId(id);
  item.title = title;
  return item;
}

Event listen(const char* user, const char* item, std::optional<base::UnixMillis> time = {}) {
  Event event;
  event.user = UserId(user);
  event.item = ItemId(item);
  event.time = time;
  return event;
}

Item full_track() {
  Item item = track("t1", "Obscured by Clouds – Ünïcode ✓");
  item.artist = "Pink Floyd";
  item.album = "Obscured by Clouds";
  item.duration_seconds = 183.25;
  item.path = "/music/a b.flac";
  item.release_date = "1972-06-02";
  item.tags = {{"progressive rock", 12}, {"70s", 0.1F}};
  item.external_ids = {{"isrc", "GBN9Y1100101"}, {"spotify", "spotify:track:abc"}};
  return item;
}

TEST_F(CatalogTest, ItemsReadBackAsWritten) {
  Item artist;
  artist.id = ItemId("51");
  artist.kind = ItemKind::kArtist;
  artist.title = "Duran Duran";
  const std::vector<Item> items = {full_track(), artist};
  EXPECT_EQ(catalog_->put_items(items).value(), (WriteCounts{.added = 2}));
  EXPECT_EQ(catalog_->find_item(ItemId("t1")).value(), full_track());
  const std::vector<ItemId> ids = {ItemId("51"), ItemId("none"), ItemId("t1")};
  EXPECT_THAT(catalog_->find_items(ids).value(), ElementsAre(artist, std::nullopt, full_track()));
  EXPECT_EQ(catalog_->counts().value(), (CatalogCounts{0, 2, 0}));
}

TEST_F(CatalogTest, PutItemsCountsAddedUpdatedUnchanged) {
  Item item = full_track();
  ASSERT_TRUE(catalog_->put_items({&item, 1}).ok());
  const std::int64_t revision = catalog_->revision().value();
  EXPECT_EQ(catalog_->put_items({&item, 1}).value(), (WriteCounts{.unchanged = 1}));
  EXPECT_EQ(catalog_->revision().value(), revision);
  item.tags.pop_back();
  item.external_ids = {{"mbid", "m-1"}};
  EXPECT_EQ(catalog_->put_items({&item, 1}).value(), (WriteCounts{.updated = 1}));
  EXPECT_GT(catalog_->revision().value(), revision);
  EXPECT_EQ(catalog_->find_item(item.id).value(), item);
  EXPECT_EQ(catalog_->resolve("GBN9Y1100101").value(), std::nullopt);
  EXPECT_EQ(catalog_->resolve("m-1").value(), ItemId("t1"));
}

TEST_F(CatalogTest, VersionsTellWhatARecommendationIsMadeFrom) {
  using Versions = Catalog::Versions;
  const auto of = [&](const char* user) { return catalog_->versions(UserId(user)).value(); };
  EXPECT_EQ(of("anna"), Versions{}) << "nobody knows her";
  Item item = full_track();
  ASSERT_TRUE(catalog_->put_items({&item, 1}).ok());
  const std::int64_t items = of("anna").items;
  EXPECT_GT(items, 0);
  const auto listens = [&](const char* user, const ItemId& id, int time) {
    Event event;
    event.user = UserId(user);
    event.item = id;
    event.time = time;
    EXPECT_TRUE(catalog_->add_events({&event, 1}, "test").ok());
  };
  listens("anna", item.id, 1);
  listens("ben", item.id, 1);
  const Versions anna = of("anna");
  const Versions ben = of("ben");
  EXPECT_EQ(anna.items, items) << "what listeners do changes no item";
  EXPECT_GT(anna.user, 0);
  EXPECT_NE(anna.user, ben.user);
  listens("anna", item.id, 1);
  EXPECT_EQ(of("anna"), anna) << "the same event again is no news";
  listens("anna", item.id, 2);
  EXPECT_GT(of("anna").user, ben.user);
  EXPECT_EQ(of("ben"), ben);
  const std::vector<std::pair<UserId, UserId>> friends = {{UserId("anna"), UserId("carl")}};
  ASSERT_TRUE(catalog_->put_friends(friends).ok());
  EXPECT_EQ(of("ben"), ben);
  listens("ben", ItemId("heard of for the first time"), 3);
  EXPECT_GT(of("anna").items, items);
  item.title = "another title";
  const std::int64_t before = of("anna").items;
  ASSERT_TRUE(catalog_->put_items({&item, 1}).ok());
  EXPECT_GT(of("anna").items, before);
  ASSERT_TRUE(catalog_->remove_item(item.id).value());
  EXPECT_GT(of("anna").items, before + 1);
}

TEST_F(CatalogTest, NoVersionOfAUserIsEverTrueAgainAfterAnErasure) {
  std::set<std::int64_t> seen;
  const auto is_new = [&] { return seen.insert(catalog_->versions(UserId("anna")).value().user).second; };
  const std::vector<std::pair<UserId, UserId>> friends = {{UserId("anna"), UserId("ben")}};
  Event event;
  event.user = UserId("anna");
  event.item = ItemId("t");
  EXPECT_TRUE(is_new());
  for (int time = 0; time < 3; ++time) {
    event.time = time;
    ASSERT_TRUE(catalog_->add_events({&event, 1}, "test").ok());
    EXPECT_TRUE(is_new()) << time;
    ASSERT_TRUE(catalog_->erase_user(event.user).value());
    EXPECT_TRUE(is_new()) << time;
    ASSERT_TRUE(catalog_->put_friends(friends).ok());
    EXPECT_TRUE(is_new()) << time;
    ASSERT_TRUE(catalog_->erase_user(event.user).value());
    EXPECT_TRUE(is_new()) << time;
  }
  EXPECT_FALSE(catalog_->erase_user(event.user).value());
  EXPECT_TRUE(is_new()) << "others may remember somebody whom the catalogue does not know";
}

TEST_F(CatalogTest, AnInvalidItemRefusesTheWholeSpan) {
  std::vector<Item> items = {track("a", "fine"), track("b", "bad\x01title")};
  const auto refused = catalog_->put_items(items);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("item 'b': title contains a control character"));
  EXPECT_EQ(catalog_->counts().value().items, 0);
}

TEST_F(CatalogTest, ResolvePrefersOurIdThenExternalIdThenPath) {
  Item other = track("spotify:track:abc", "its id looks like the other's external id");
  const std::vector<Item> items = {full_track(), other};
  ASSERT_TRUE(catalog_->put_items(items).ok());
  EXPECT_EQ(catalog_->resolve("spotify:track:abc").value(), other.id);
  EXPECT_EQ(catalog_->resolve("GBN9Y1100101").value(), ItemId("t1"));
  EXPECT_EQ(catalog_->resolve("/music/a b.flac").value(), ItemId("t1"));
  EXPECT_EQ(catalog_->resolve("").value(), std::nullopt);
  EXPECT_EQ(catalog_->resolve("nothing").value(), std::nullopt);
}

TEST_F(CatalogTest, RemovedItemsDisappearTheirEventsStayAndTheyCanComeBack) {
  const Item item = full_track();
  ASSERT_TRUE(catalog_->put_items({&item, 1}).ok());
  const Event event = listen("u", "t1", 5);
  ASSERT_TRUE(catalog_->add_events({&event, 1}, "test").ok());
  EXPECT_TRUE(catalog_->remove_item(item.id).value());
  EXPECT_FALSE(catalog_->remove_item(item.id).value());
  EXPECT_EQ(catalog_->find_item(item.id).value(), std::nullopt);
  EXPECT_EQ(catalog_->resolve("GBN9Y1100101").value(), std::nullopt);
  EXPECT_EQ(catalog_->counts().value(), (CatalogCounts{1, 0, 1}));
  EXPECT_EQ(catalog_->history(UserId("u"), 10).value().size(), 1U);
  EXPECT_EQ(catalog_->put_items({&item, 1}).value(), (WriteCounts{.added = 1}));
  EXPECT_EQ(catalog_->find_item(item.id).value(), item);
  EXPECT_EQ(catalog_->counts().value(), (CatalogCounts{1, 1, 1}));
}

TEST_F(CatalogTest, HistoryIsNewestFirstUntimedLast) {
  Event rich = listen("u", "b", 2000);
  rich.type = EventType::kSkip;
  rich.weight = 2.5;
  rich.ms_played = 1234;
  rich.context = R"({"device":"phone"})";
  const std::vector<Event> events = {listen("u", "none"), listen("u", "a", 1000), rich, listen("v", "a", 9000)};
  EXPECT_EQ(catalog_->add_events(events, "test").value(), (WriteCounts{.added = 4}));
  std::vector<Event> history = catalog_->history(UserId("u"), 10).value();
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0].id.str().size(), 32U);
  for (Event& event : history) event.id = {};
  EXPECT_THAT(history, ElementsAre(rich, events[1], events[0]));
  EXPECT_EQ(catalog_->history(UserId("u"), 1).value().size(), 1U);
  EXPECT_TRUE(catalog_->history(UserId("nobody"), 10).value().empty());
  EXPECT_TRUE(catalog_->has_user(UserId("u")).value());
  EXPECT_FALSE(catalog_->has_user(UserId("nobody")).value());
  EXPECT_EQ(catalog_->most_active_user().value(), UserId("u"));
  EXPECT_THAT(catalog_->latest_users(5).value(), ElementsAre(UserId("v"), UserId("u")));
  EXPECT_THAT(catalog_->latest_users(1).value(), ElementsAre(UserId("v")));
  EXPECT_EQ(catalog_->find_item(ItemId("none")).value(), track("none", ""));
}

TEST_F(CatalogTest, EventsAreIdempotentById) {
  Event first = listen("u", "a", 1000);
  first.id = EventId("client-1");
  Event again = listen("u", "b", 2000);  // the id decides, not the content
  again.id = EventId("client-1");
  EXPECT_EQ(catalog_->add_events({&first, 1}, "rest").value(), (WriteCounts{.added = 1}));
  EXPECT_EQ(catalog_->add_events({&again, 1}, "other").value(), (WriteCounts{.unchanged = 1}));
  // What was read back names the same event.
  const std::vector<Event> stored = catalog_->history(UserId("u"), 10).value();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(catalog_->add_events(stored, "export").value(), (WriteCounts{.unchanged = 1}));
  EXPECT_EQ(catalog_->counts().value().events, 1);
}

TEST_F(CatalogTest, EqualRowsWithoutIdAreToldApartByOrdinal) {
  const std::vector<Event> rows = {listen("u", "a"), listen("u", "a"), listen("u", "b", 7), listen("u", "a")};
  EXPECT_EQ(catalog_->add_events(rows, "file").value(), (WriteCounts{.added = 4}));
  EXPECT_EQ(catalog_->add_events(rows, "file").value(), (WriteCounts{.unchanged = 4}));
  EXPECT_EQ(catalog_->add_events({rows.data(), 1}, "another source").value(), (WriteCounts{.added = 1}));
}

TEST_F(CatalogTest, AnInvalidEventRefusesTheWholeSpan) {
  std::vector<Event> events = {listen("u", "a"), listen("u", "b")};
  events[1].weight = -1;
  const auto refused = catalog_->add_events(events, "test");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("event 2 of 2: weight -1"));
  EXPECT_EQ(catalog_->counts().value(), CatalogCounts{});
}

TEST_F(CatalogTest, VisitsItemsInOrderOfMentionAndEventsByUserAndTime) {
  const std::vector<Item> items = {track("z", "1"), track("a", "2")};
  ASSERT_TRUE(catalog_->put_items(items).ok());
  const std::vector<Event> events = {listen("v", "z", 5), listen("u", "a", 2), listen("v", "a", 3), listen("v", "a")};
  ASSERT_TRUE(catalog_->add_events(events, "test").ok());
  std::vector<std::string> seen;
  ASSERT_TRUE(catalog_
                  ->for_each_item([&](const Item& item) {
                    seen.push_back(item.id.str());
                    return base::Status();
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre("z", "a"));
  seen.clear();
  ASSERT_TRUE(catalog_
                  ->for_each_event([&](const Event& event) {
                    seen.push_back(event.user.str() + event.item.str() + std::to_string(event.time.value_or(-1)));
                    return base::Status();
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre("va-1", "va3", "vz5", "ua2"));
  const base::Status stopped = catalog_->for_each_event([](const Event&) -> base::Status {
    return base::Error{ErrorCode::kCancelled, "enough"};
  });
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST_F(CatalogTest, FriendsAreSymmetricAndCountedOnce) {
  const std::vector<std::pair<UserId, UserId>> pairs = {
      {UserId("a"), UserId("b")}, {UserId("b"), UserId("a")}, {UserId("c"), UserId("a")}, {UserId("a"), UserId("a")}};
  EXPECT_EQ(catalog_->put_friends(pairs).value(), 2);
  EXPECT_EQ(catalog_->put_friends(pairs).value(), 0);
  EXPECT_THAT(catalog_->friends(UserId("a")).value(), ElementsAre(UserId("b"), UserId("c")));
  EXPECT_THAT(catalog_->friends(UserId("b")).value(), ElementsAre(UserId("a")));
  EXPECT_EQ(catalog_->counts().value().users, 3);
}

TEST_F(CatalogTest, ANewerDatabaseIsRefused) {
  {
    const store::Lease connection = database_->acquire().value();
    ASSERT_TRUE(
        connection->execute("INSERT INTO schema_migrations (component, number, name) VALUES ('catalog', 999, 'x')")
            .ok());
  }
  const auto refused = Catalog::open(*database_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("version 999"));
}

}  // namespace
}  // namespace mla::catalog
