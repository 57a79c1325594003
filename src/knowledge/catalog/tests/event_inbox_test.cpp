#include "knowledge/catalog/impl/event_inbox.h"

#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::catalog {
namespace {

using base::EventId;
using base::ItemId;
using base::UserId;

Event listen(std::string_view id, std::string_view user, std::string_view item) {
  Event event;
  event.id = EventId(id);
  event.user = UserId(user);
  event.item = ItemId(item);
  event.time = 1'700'000'000'000;
  return event;
}

class EventInboxTest : public testing::Test {
 protected:
  // What each of these adds while somebody else writes: all at the same time.
  std::vector<base::Result<WriteCounts>> add_together(std::span<const std::vector<Event>> batches) {
    std::vector<base::Result<WriteCounts>> results(batches.size(), WriteCounts{});
    std::vector<std::jthread> threads;
    const store::Lease connection = database_->acquire().value();
    store::Transaction somebody = store::Transaction::start(*connection).value();
    for (std::size_t i = 0; i < batches.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = inbox_.add(batches[i], "api"); });
    }
    while (inbox_.unwritten() < batches.size()) std::this_thread::yield();
    EXPECT_TRUE(somebody.commit().ok());
    threads.clear();
    return results;
  }

  store::DatabasePlace place_;
  std::unique_ptr<store::Database> database_ = place_.open().value();
  Catalog catalog_ = Catalog::open(*database_).value();
  EventInbox inbox_{*database_};
};

TEST_F(EventInboxTest, WhatComesWhileOneWritesIsOneTransaction) {
  constexpr std::size_t kBatches = 8;
  std::vector<std::vector<Event>> batches(kBatches);
  for (std::size_t b = 0; b < kBatches; ++b) {
    for (int i = 0; i < 100; ++i) {
      const std::string id = fmt::format("{}-{}", b, i);
      batches[b].push_back(listen(id, fmt::format("u{}", i % 9), fmt::format("i{}", i % 50)));
    }
  }
  const std::int64_t before = catalog_.revision().value();
  for (const auto& result : add_together(batches)) EXPECT_EQ(result.value(), (WriteCounts{.added = 100}));
  const std::int64_t written = catalog_.revision().value() - before;
  EXPECT_TRUE(written == 1 || written == 2) << "the first ones, and those that waited for them: " << written;
  EXPECT_EQ(catalog_.counts().value(), (CatalogCounts{.users = 9, .items = 50, .events = 800}));
  EXPECT_EQ(catalog_.versions(UserId("u3"))->user, before + written);
}

TEST_F(EventInboxTest, EachIsToldWhatItAddedItself) {
  const std::vector<Event> same = {listen("e1", "u", "a"), listen("e2", "u", "b"), listen("e3", "v", "a")};
  const std::vector<std::vector<Event>> batches(6, same);
  WriteCounts sum;
  for (const auto& result : add_together(batches)) {
    EXPECT_TRUE(result->added == 3 || result->added == 0);
    sum.added += result->added;
    sum.unchanged += result->unchanged;
  }
  EXPECT_EQ(sum, (WriteCounts{.added = 3, .unchanged = 15}));
  EXPECT_EQ(catalog_.history(UserId("u"), 9)->size(), 2U);
}

TEST_F(EventInboxTest, EqualEventsOfDifferentCallsAreTheSameAgain) {
  Event untold = listen("", "u", "a");
  const std::vector<Event> twice = {untold, untold};
  EXPECT_EQ(inbox_.add(twice, "api").value(), (WriteCounts{.added = 2}));
  EXPECT_EQ(inbox_.add(twice, "api").value(), (WriteCounts{.unchanged = 2}));
}

TEST_F(EventInboxTest, OneThatIsNotValidIsRefusedAlone) {
  const std::vector<std::vector<Event>> batches = {{listen("e1", "u", "a")}, {listen("e2", "u", "b")}};
  const std::vector<Event> wrong = {listen("e3", "u", "a"), listen("e4", "", "a")};
  EXPECT_EQ(inbox_.add(wrong, "api").error().code, base::ErrorCode::kInvalidArgument);
  for (const auto& result : add_together(batches)) EXPECT_EQ(result->added, 1);
  EXPECT_EQ(catalog_.counts()->events, 2);
}

TEST_F(EventInboxTest, KeysThatAreGoneAreMadeAgain) {
  const std::vector<Event> first = {listen("e1", "u", "a")};
  const std::vector<Event> second = {listen("e2", "u", "a")};
  ASSERT_TRUE(inbox_.add(first, "api").ok());
  ASSERT_TRUE(catalog_.erase_user(UserId("u")).value());
  EXPECT_EQ(inbox_.add(second, "api").value(), (WriteCounts{.added = 1}));
  EXPECT_EQ(catalog_.history(UserId("u"), 9)->size(), 1U);
  EXPECT_EQ(catalog_.counts()->users, 1);
}

TEST_F(EventInboxTest, WhatCannotBeWrittenIsToldToAllAndNothingOfItIsThere) {
  const store::Lease lease = database_->acquire().value();
  const std::vector<std::vector<Event>> batches = {{listen("e1", "u", "a")}, {listen("e2", "v", "b")}};
  ASSERT_TRUE(lease->execute("ALTER TABLE events RENAME TO events_away").ok());
  for (const auto& result : add_together(batches)) EXPECT_FALSE(result.ok());
  ASSERT_TRUE(lease->execute("ALTER TABLE events_away RENAME TO events").ok());
  EXPECT_EQ(catalog_.counts().value(), CatalogCounts{});
  EXPECT_EQ(inbox_.add(batches[0], "api").value(), (WriteCounts{.added = 1}));
}

}  // namespace
}  // namespace mla::catalog
