#include "foundation/store/database_id.h"

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::store {
namespace {

TEST(DatabaseId, IsDrawnOnceAndStays) {
  const auto database = fresh_database();
  const Lease connection = database->acquire().value();
  const std::string id = database_id(*connection).value();
  EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(database_id(*connection).value(), id);
}

TEST(DatabaseId, EveryDatabaseHasItsOwn) {
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    const auto database = fresh_database();
    ids.insert(database_id(*database->acquire().value()).value());
  }
  EXPECT_EQ(ids.size(), 5u);
}

TEST(DatabaseId, WhoAskAtOnceAgree) {
  const DatabasePlace place;
  constexpr int kProcesses = 4;
  std::vector<std::string> ids(kProcesses);
  std::vector<std::thread> threads;
  for (int i = 0; i < kProcesses; ++i) {
    threads.emplace_back([&place, &id = ids[static_cast<std::size_t>(i)]] {
      const auto database = place.open().value();
      id = database_id(*database->acquire().value()).value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ids, testing::Each(ids.front()));
  EXPECT_FALSE(ids.front().empty());
}

}  // namespace
}  // namespace mla::store
