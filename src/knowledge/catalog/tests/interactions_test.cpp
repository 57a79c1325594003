#include "knowledge/catalog/interactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::catalog {
namespace {

using base::ItemId;
using base::UserId;
using testing::ElementsAre;

Event make(const char* user, const char* item, std::optional<base::UnixMillis> time, double weight,
           EventType type = EventType::kListen) {
  Event event;
  event.user = UserId(user);
  event.item = ItemId(item);
  event.time = time;
  event.weight = weight;
  event.type = type;
  return event;
}

TEST(Interactions, HaveDenseIndicesInTheOrderOfTheItems) {
  const auto database = store::fresh_database();
  Catalog catalog = Catalog::open(*database).value();
  std::vector<Item> items(3);
  items[0].id = ItemId("cold");  // an item that nobody played is there too
  items[1].id = ItemId("gone");
  items[2].id = ItemId("hit");
  ASSERT_TRUE(catalog.put_items(items).ok());
  const std::vector<Event> events = {make("ann", "hit", 50, 2), make("bob", "gone", 60, 1),
                                     make("bob", "hit", 70, 1, EventType::kSkip), make("bob", "new", {}, 3.5)};
  ASSERT_TRUE(catalog.add_events(events, "test").ok());
  ASSERT_TRUE(catalog.remove_item(ItemId("gone")).value());

  const Interactions data = read_interactions(catalog).value();
  EXPECT_THAT(data.users, ElementsAre(UserId("ann"), UserId("bob")));
  EXPECT_THAT(data.items, ElementsAre(ItemId("cold"), ItemId("hit"), ItemId("new")));
  ASSERT_EQ(data.rows.size(), 3U);
  const auto row = [&](std::size_t i) {
    const Interaction& r = data.rows[i];
    return std::tuple(r.user, r.item, r.time, r.weight, r.type);
  };
  EXPECT_EQ(row(0), std::tuple(0, 1, 50, 2.F, EventType::kListen));
  EXPECT_EQ(row(1), std::tuple(1, 2, 0, 3.5F, EventType::kListen));
  EXPECT_EQ(row(2), std::tuple(1, 1, 70, 1.F, EventType::kSkip));
  std::vector<ItemId> visited;
  ASSERT_TRUE(catalog
                  .for_each_item([&](const Item& item) {
                    visited.push_back(item.id);
                    return base::Status();
                  })
                  .ok());
  EXPECT_EQ(visited, data.items);
}

TEST(Interactions, AreEmptyForAnEmptyCatalogue) {
  const auto database = store::fresh_database();
  const Interactions data = read_interactions(Catalog::open(*database).value()).value();
  EXPECT_TRUE(data.users.empty());
  EXPECT_TRUE(data.items.empty());
  EXPECT_TRUE(data.rows.empty());
}

}  // namespace
}  // namespace mla::catalog
