#include "foundation/store/connection_pool.h"

#include <functional>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::store {
namespace {

using base::Error;
using base::ErrorCode;
using std::chrono::milliseconds;
using testing::HasSubstr;
using Condition = PooledConnection::Condition;

// What happens to the connections of a test.
struct World {
  bool reachable = true;
  int tries = 0;
  int open = 0;
  bool alive = true;
  std::function<void()> on_try = [] {};
  Condition returned = Condition::kGood;
};

class FakeConnection final : public PooledConnection {
 public:
  explicit FakeConnection(World& world) : world_(world) { ++world_.open; }
  ~FakeConnection() override { --world_.open; }
  Dialect dialect() const override { return Dialect::kSqlite; }
  base::Result<Statement*> prepare(std::string_view) override { return no(); }
  base::Status execute(std::string_view) override { return no(); }
  std::int64_t changes() const override { return 0; }
  base::Result<std::unique_ptr<BulkInsert>> bulk_insert(std::string_view, std::span<const std::string_view>) override {
    return no();
  }
  base::Status begin() override { return no(); }
  base::Status begin_read() override { return no(); }
  base::Status commit() override { return no(); }
  void rollback() noexcept override {}
  Condition clean() noexcept override { return world_.returned; }
  bool alive() noexcept override { return world_.alive; }

 private:
  static Error no() { return {ErrorCode::kInternal, "a fake"}; }
  World& world_;
};

class PoolTest : public testing::Test {
 protected:
  std::shared_ptr<ConnectionPool> pool(const PoolOptions& options) {
    return std::make_shared<ConnectionPool>(
        "music", options, [this]() -> base::Result<std::unique_ptr<PooledConnection>> {
          ++world_.tries;
          world_.on_try();
          if (!world_.reachable) return Error{ErrorCode::kBusy, "nobody there"};
          return std::unique_ptr<PooledConnection>(std::make_unique<FakeConnection>(world_));
        });
  }
  World world_;
};

TEST_F(PoolTest, KeepsConnectionsAndLendsThemAgain) {
  const auto connections = pool({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(connections->acquire().ok());
  EXPECT_EQ(world_.tries, 1);
  {
    const Lease first = connections->acquire().value();
    const Lease second = connections->acquire().value();
    EXPECT_NE(first.get(), second.get());
  }
  EXPECT_EQ(world_.tries, 2);
  EXPECT_EQ(world_.open, 2);
}

TEST_F(PoolTest, WhoWritesMuchGetsTheSameOneAgain) {
  using Use = ConnectionPool::Use;
  const auto connections = pool({.max_connections = 2});
  const Connection* const writer = connections->acquire(Use::kMuchWriting)->get();
  for (int i = 0; i < 3; ++i) EXPECT_NE(connections->acquire()->get(), writer);
  EXPECT_EQ(connections->acquire(Use::kMuchWriting)->get(), writer);
  EXPECT_EQ(world_.open, 2);
  const Lease other = connections->acquire().value();
  EXPECT_EQ(connections->acquire()->get(), writer) << "no more may be made";
  EXPECT_EQ(world_.tries, 2);
}

TEST_F(PoolTest, ALeaseMayOutliveThePool) {
  auto connections = pool({});
  {
    const Lease lease = connections->acquire().value();
    connections.reset();
    EXPECT_EQ(world_.open, 1);
  }
  EXPECT_EQ(world_.open, 0);
}

TEST_F(PoolTest, IsBusyWhenAllStayLentAndGoesOnWhenOneComesBack) {
  const auto connections = pool({.max_connections = 1, .patience = milliseconds(5)});
  Lease lease = connections->acquire().value();
  const auto refused = connections->acquire();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_THAT(refused.error().message, HasSubstr("all 1 connections to database 'music' are in use"));
  lease.reset();
  EXPECT_TRUE(connections->acquire().ok());
}

TEST_F(PoolTest, AFailureToOpenGivesThePlaceBack) {
  const auto connections = pool({.max_connections = 1, .patience = milliseconds(5)});
  world_.reachable = false;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connections->acquire().error().message, "nobody there");
  EXPECT_EQ(world_.tries, 3) << "without a pause everybody tries";
  world_.reachable = true;
  EXPECT_TRUE(connections->acquire().ok());
}

TEST_F(PoolTest, OneThatBrokeWhileIdleIsReplacedUnnoticed) {
  const auto connections = pool({});
  ASSERT_TRUE(connections->acquire().ok());
  world_.alive = false;
  EXPECT_TRUE(connections->acquire().ok());
  EXPECT_EQ(world_.tries, 2);
  EXPECT_EQ(world_.open, 1);
}

TEST_F(PoolTest, ASpentOneGoesAloneABrokenOneTakesTheIdleWithIt) {
  const auto connections = pool({.pause = milliseconds(60'000)});
  {
    const Lease first = connections->acquire().value();
    const Lease second = connections->acquire().value();
  }
  EXPECT_EQ(world_.open, 2);
  world_.returned = Condition::kSpent;
  ASSERT_TRUE(connections->acquire().ok());
  EXPECT_EQ(world_.open, 1);
  world_.returned = Condition::kGood;
  {
    const Lease first = connections->acquire().value();
    const Lease second = connections->acquire().value();
  }
  EXPECT_EQ(world_.open, 2);
  world_.returned = Condition::kBroken;
  ASSERT_TRUE(connections->acquire().ok());
  EXPECT_EQ(world_.open, 0);
  world_.returned = Condition::kGood;
  EXPECT_TRUE(connections->acquire().ok()) << "the next one tries at once";
}

TEST_F(PoolTest, WhileAServerIsGoneOneTriesAndTheOthersAreToldAtOnce) {
  const auto connections = pool({.pause = milliseconds(60'000)});
  world_.reachable = false;
  EXPECT_EQ(connections->acquire().error().message, "nobody there");
  world_.reachable = true;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(connections->acquire().error().message, "nobody there");
  EXPECT_EQ(world_.tries, 1);
}

TEST_F(PoolTest, NobodyWaitsForTheOneWhoTries) {
  const auto connections = pool({.pause = milliseconds(1)});
  world_.reachable = false;
  EXPECT_FALSE(connections->acquire().ok());
  world_.reachable = true;
  std::latch trying(1);
  std::latch answered(1);
  world_.on_try = [&] {
    trying.count_down();
    answered.wait();
  };
  std::jthread first([&] {
    while (!connections->acquire().ok()) std::this_thread::yield();
  });
  trying.wait();
  EXPECT_EQ(connections->acquire().error().message, "nobody there");
  answered.count_down();
  first.join();
  EXPECT_TRUE(connections->acquire().ok());
  EXPECT_EQ(world_.tries, 2);
}

TEST_F(PoolTest, AfterThePauseItConnectsByItself) {
  const auto connections = pool({.pause = milliseconds(1)});
  world_.reachable = false;
  EXPECT_FALSE(connections->acquire().ok());
  world_.reachable = true;
  while (!connections->acquire().ok()) std::this_thread::yield();
  EXPECT_TRUE(connections->acquire().ok());
}

TEST_F(PoolTest, ThreadsNeverShareAConnection) {
  constexpr int kThreads = 4;
  const auto connections = pool({.max_connections = 2, .patience = milliseconds(60'000)});
  // Both are there, so that the fake's counters are not raised by two threads.
  {
    const Lease first = connections->acquire().value();
    const Lease second = connections->acquire().value();
  }
  std::atomic<int> lent{0};
  std::atomic<int> most{0};
  {
    std::latch start(kThreads);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        for (int i = 0; i < 200; ++i) {
          const Lease lease = connections->acquire().value();
          const int now = ++lent;
          for (int before = most; now > before && !most.compare_exchange_weak(before, now);) {
          }
          --lent;
        }
      });
    }
  }
  EXPECT_LE(most, 2);
  EXPECT_EQ(world_.tries, 2);
}

}  // namespace
}  // namespace mla::store
