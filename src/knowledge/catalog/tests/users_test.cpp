#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"

namespace mla::catalog {
namespace {

using base::ItemId;
using base::UserId;
using testing::ElementsAre;
using testing::IsEmpty;

class Users : public testing::Test {
 protected:
  static Event event(const char* user, const char* item, std::optional<base::UnixMillis> time,
                     EventType type = EventType::kListen, double weight = 1) {
    Event one;
    one.user = UserId(user);
    one.item = ItemId(item);
    one.time = time;
    one.type = type;
    one.weight = weight;
    return one;
  }
  std::unique_ptr<store::Database> database_ = store::fresh_database();
  Catalog catalog_ = Catalog::open(*database_).value();
};

TEST_F(Users, ASummaryCountsWhatThereIs) {
  ASSERT_TRUE(catalog_
                  .add_events(std::vector{event("u", "a", 100, EventType::kListen, 2.5), event("u", "b", 300),
                                          event("u", "a", std::nullopt, EventType::kSkip),
                                          event("v", "c", 900, EventType::kBan)},
                              "test")
                  .ok());
  const auto summary = catalog_.summary(UserId("u")).value();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->events, 3);
  EXPECT_THAT(summary->by_type, ElementsAre(2, 1, 0, 0, 0));
  EXPECT_EQ(summary->items, 2);
  EXPECT_DOUBLE_EQ(summary->plays, 3.5);
  EXPECT_EQ(summary->first, 100);
  EXPECT_EQ(summary->last, 300);
  EXPECT_EQ(catalog_.summary(UserId("w")).value(), std::nullopt);
}

TEST_F(Users, ASummaryWithoutTimesHasNone) {
  ASSERT_TRUE(catalog_.add_events(std::vector{event("u", "a", std::nullopt)}, "test").ok());
  const auto summary = catalog_.summary(UserId("u")).value();
  EXPECT_EQ(summary->first, std::nullopt);
  EXPECT_EQ(summary->last, std::nullopt);
}

TEST_F(Users, HistoryGoesOnAfterAnEvent) {
  std::vector<Event> events;
  for (int i = 0; i < 7; ++i) events.push_back(event("u", std::to_string(i).c_str(), 1000 + i / 3));  // equal times
  events.push_back(event("u", "untimed 1", std::nullopt));
  events.push_back(event("u", "untimed 2", std::nullopt));
  ASSERT_TRUE(catalog_.add_events(events, "test").ok());
  const auto whole = catalog_.history(UserId("u"), 100).value();
  ASSERT_EQ(whole.size(), 9u);
  for (const std::size_t size : {1u, 2u, 4u, 9u}) {
    std::vector<Event> pages = catalog_.history(UserId("u"), size).value();
    for (std::size_t at = pages.size(); at == pages.size() && at > 0;) {
      const auto next = catalog_.history(UserId("u"), size, Event(pages.back())).value();
      if (next.empty()) break;
      pages.insert(pages.end(), next.begin(), next.end());
      at = pages.size();
    }
    EXPECT_EQ(pages, whole) << size;
  }
}

TEST_F(Users, AnErasedUserIsGoneAndOthersStay) {
  ASSERT_TRUE(catalog_.add_events(std::vector{event("u", "a", 1), event("u", "b", 2), event("v", "a", 3)}, "t").ok());
  ASSERT_TRUE(catalog_
                  .put_friends(std::vector{std::pair(UserId("u"), UserId("v")), std::pair(UserId("w"), UserId("u")),
                                           std::pair(UserId("v"), UserId("w"))})
                  .ok());
  const auto connection = database_->acquire().value();
  ASSERT_TRUE(connection
                  ->execute("INSERT INTO import_accounts (source, listener, account) VALUES ('lastfm', 'u', "
                            "'u@fm'), ('spotify', 'v', 'v@sp')")
                  .ok());
  EXPECT_THAT(catalog_.import_accounts(UserId("u")).value(), ElementsAre(std::pair("lastfm", "u@fm")));
  const auto revision = catalog_.revision().value();
  EXPECT_TRUE(catalog_.erase_user(UserId("u")).value());
  EXPECT_NE(catalog_.revision().value(), revision) << "caches must see it";
  EXPECT_EQ(catalog_.counts().value(), (CatalogCounts{2, 2, 1}));
  EXPECT_FALSE(catalog_.has_user(UserId("u")).value());
  EXPECT_THAT(catalog_.history(UserId("u"), 10).value(), IsEmpty());
  EXPECT_THAT(catalog_.import_accounts(UserId("u")).value(), IsEmpty());
  EXPECT_THAT(catalog_.import_accounts(UserId("v")).value(), ElementsAre(std::pair("spotify", "v@sp")));
  EXPECT_THAT(catalog_.friends(UserId("v")).value(), ElementsAre(UserId("w")));
  EXPECT_EQ(catalog_.history(UserId("v"), 10).value().size(), 1u);
  EXPECT_FALSE(catalog_.erase_user(UserId("u")).value()) << "a second time there is nothing";
}

TEST_F(Users, WhoComesBackIsNew) {
  ASSERT_TRUE(catalog_.add_events(std::vector{event("u", "a", 1)}, "t").ok());
  ASSERT_TRUE(catalog_.erase_user(UserId("u")).value());
  ASSERT_TRUE(catalog_.add_events(std::vector{event("u", "b", 2)}, "t").ok());
  const auto history = catalog_.history(UserId("u"), 10).value();
  ASSERT_EQ(history.size(), 1u);
  EXPECT_EQ(history[0].item, ItemId("b"));
}

}  // namespace
}  // namespace mla::catalog
