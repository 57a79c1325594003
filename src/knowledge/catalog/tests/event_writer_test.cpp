#include "knowledge/catalog/event_writer.h"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/parse.h"
#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/impl/event_identity.h"
#include "knowledge/catalog/impl/ordinals.h"

namespace mla::catalog {
namespace {

using base::EventId;
using base::ItemId;
using base::UserId;

Event listen(std::string_view user, std::string_view item, std::optional<base::UnixMillis> time = {}) {
  Event event;
  event.user = UserId(user);
  event.item = ItemId(item);
  event.time = time;
  return event;
}

class EventWriterTest : public testing::Test {
 protected:
  std::unique_ptr<store::Database> database_ = store::fresh_database();
  Catalog catalog_ = Catalog::open(*database_).value();
};

TEST_F(EventWriterTest, OrdinalsGoOnFromBatchToBatch) {
  const Event same = listen("u", "a", 5);
  const std::vector<Event> twice = {same, same};
  EventWriter writer(catalog_, "file");
  EXPECT_EQ(writer.add(twice).value(), (WriteCounts{.added = 2}));
  EXPECT_EQ(writer.add(twice).value(), (WriteCounts{.added = 2}));
  EXPECT_EQ(writer.add({}).value(), WriteCounts{});
  EventWriter again(catalog_, "file");
  EXPECT_EQ(again.add(twice).value(), (WriteCounts{.unchanged = 2}));
  EXPECT_EQ(again.add(twice).value(), (WriteCounts{.unchanged = 2}));
  EXPECT_EQ(again.add({&same, 1}).value(), (WriteCounts{.added = 1}));
}

TEST_F(EventWriterTest, BatchesThatAreNoMultipleOfTheInsertSizeAreWhole) {
  EventWriter writer(catalog_, "file");
  std::int64_t total = 0;
  for (const int size : {1, 63, 64, 65, 200}) {
    std::vector<Event> events;
    for (int i = 0; i < size; ++i) {
      events.push_back(listen(fmt::format("u{}", i % 7), fmt::format("i{}", i % 11), total * 1000 + i));
      if (i % 5 == 0) events.back().ms_played = i;
      if (i % 9 == 0) events.back().context = "{}";
    }
    EXPECT_EQ(writer.add(events).value().added, size);
    total += size;
  }
  EXPECT_EQ(catalog_.counts().value().events, total);
  const std::vector<Event> history = catalog_.history(UserId("u0"), 1000).value();
  for (const Event& event : history) {
    const std::int64_t i = *event.time % 1000;
    EXPECT_EQ(event.ms_played.has_value(), i % 5 == 0);
    EXPECT_EQ(event.context == "{}", i % 9 == 0);
  }
}

TEST_F(EventWriterTest, GivenIdsAreUniqueInABatchAndAcrossUsers) {
  std::vector<Event> events = {listen("u", "a", 1), listen("v", "b", 2), listen("w", "c", 3)};
  events[0].id = events[1].id = EventId("same");
  events[2].id = EventId("other");
  EXPECT_EQ(catalog_.add_events(events, "x").value(), (WriteCounts{.added = 2, .unchanged = 1}));
}

TEST_F(EventWriterTest, SeesWhatOthersWriteBetweenItsBatches) {
  EventWriter writer(catalog_, "file");
  const Event first = listen("u", "a", 1);
  ASSERT_TRUE(writer.add({&first, 1}).ok());
  const Event other = listen("new", "item", 2);
  ASSERT_TRUE(catalog_.add_events({&other, 1}, "rest").ok());
  const std::vector<Event> more = {listen("new", "item", 3), listen("u", "item", 4)};
  EXPECT_EQ(writer.add(more).value(), (WriteCounts{.added = 2}));
  EXPECT_EQ(catalog_.counts().value(), (CatalogCounts{2, 2, 4}));
  EXPECT_EQ(catalog_.history(UserId("new"), 10).value().size(), 2U);
}

// What a failed batch made is undone with it; the next one must not believe in keys of users that are not there.
TEST_F(EventWriterTest, AFailedBatchLeavesNoKeysBehind) {
  EventWriter writer(catalog_, "file");
  std::vector<Event> first = {listen("ana", "a", 1)};
  ASSERT_TRUE(writer.add(first).ok());
  const auto run = [&](const char* sql) { ASSERT_TRUE(database_->acquire().value()->execute(sql).ok()); };
  std::vector<Event> second = {listen("ben", "b", 2), listen("ana", "c", 3)};
  run("ALTER TABLE events RENAME TO gone");
  EXPECT_FALSE(writer.add(second).ok());
  run("ALTER TABLE gone RENAME TO events");
  EXPECT_EQ(catalog_.counts().value().users, 1);
  const Event stranger = listen("zoe", "z", 9);
  ASSERT_TRUE(EventWriter(catalog_, "other").add({&stranger, 1}).ok());        // takes the number that ben had
  run("UPDATE catalog_totals SET value = value - 1 WHERE name = 'revision'");  // so that the revision tells nothing
  ASSERT_TRUE(writer.add(second).ok());
  std::set<std::string> seen;
  ASSERT_TRUE(catalog_
                  .for_each_event([&](const Event& event) {
                    seen.insert(event.user.str() + event.item.str());
                    return base::Status();
                  })
                  .ok());
  EXPECT_EQ(seen, (std::set<std::string>{"anaa", "benb", "anac", "zoez"}));
}

TEST(EventIdentity, HexReadsBackAndOtherTextIsHashed) {
  const Identity id = identity_of(EventId("0123456789abcdef0123456789abcdef"));
  EXPECT_EQ(id[0], std::byte{0x01});
  EXPECT_EQ(id[15], std::byte{0xef});
  const std::string_view bytes(reinterpret_cast<const char*>(id.data()), id.size());
  EXPECT_EQ(base::to_hex(bytes), "0123456789abcdef0123456789abcdef");
  // XXH3-128 of "a", big-endian: the reference value of xxHash.
  const Identity hashed = identity_of(EventId("a"));
  EXPECT_EQ(base::to_hex({reinterpret_cast<const char*>(hashed.data()), hashed.size()}),
            "a96faf705af16834e6c632b61e964e1f");
  EXPECT_NE(identity_of(EventId("0123456789ABCDEF0123456789ABCDEF")), id);
}

TEST(EventIdentity, EveryPartOfTheContentCounts) {
  const Event base_event = listen("u", "a", 5);
  std::set<Identity> seen = {content_identity(base_event, "s")};
  const auto differs = [&](const Event& event, std::string_view source) {
    return seen.insert(content_identity(event, source)).second;
  };
  EXPECT_TRUE(differs(base_event, "t"));
  EXPECT_TRUE(differs(listen("v", "a", 5), "s"));
  EXPECT_TRUE(differs(listen("u", "b", 5), "s"));
  EXPECT_TRUE(differs(listen("u", "a", 6), "s"));
  EXPECT_TRUE(differs(listen("u", "a"), "s"));
  EXPECT_TRUE(differs(listen("ua", "", 5), "s"));  // where one text ends and the next starts
  Event skip = base_event;
  skip.type = EventType::kSkip;
  EXPECT_TRUE(differs(skip, "s"));
  Event heavy = base_event;
  heavy.weight = 9;
  EXPECT_FALSE(differs(heavy, "s"));  // plays are not part of the identity
  const Identity content = content_identity(base_event, "s");
  EXPECT_EQ(with_ordinal(content, 0), content);
  EXPECT_NE(with_ordinal(content, 1), with_ordinal(content, 2));
}

TEST(OrdinalCounter, CountsExactlyUpToItsLimitAndStrictlyUpwardsBeyond) {
  OrdinalCounter exact;
  OrdinalCounter small(10);
  for (std::uint32_t round = 0; round < 3; ++round) {
    std::uint32_t off = 0;
    for (int i = 0; i < 5000; ++i) {
      const Identity id = identity_of(EventId(fmt::format("event {}", i)));
      EXPECT_EQ(exact.next(id), round);
      const std::uint32_t ordinal = small.next(id);
      EXPECT_GE(ordinal, round);
      off += ordinal != round ? 1 : 0;
    }
    EXPECT_LT(off, 5U);
  }
  EXPECT_LT(exact.memory_bytes(), std::size_t{1} << 20);
  EXPECT_LT(small.memory_bytes(), std::size_t{65} << 20);
}

}  // namespace
}  // namespace mla::catalog
