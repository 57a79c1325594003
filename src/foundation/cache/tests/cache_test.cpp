#include "foundation/cache/cache.h"

#include <atomic>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mla::cache {
namespace {

constexpr double kSeconds = 100;

// A cache of texts with a clock to turn, which counts how its questions were answered.
class CacheTest : public testing::Test {
 protected:
  std::string get(const std::string& key, const std::string& made) {
    return text_of(cache_.get(
        key, [&]() -> base::Result<std::string> { return made; }, [](const std::string& text) { return text.size(); }));
  }
  std::string get_failing(const std::string& key) {
    return text_of(cache_.get(
        key,
        []() -> base::Result<std::string> {
          return base::Error{base::ErrorCode::kBusy, "not now"};
        },
        [](const std::string& text) { return text.size(); }));
  }
  static std::string text_of(const base::Result<Cache<std::string>::Pointer>& answer) {
    return answer.ok() ? **answer : "error: " + answer.error().message;
  }
  int seen(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    return seen_[outcome];
  }

  std::atomic<double> now_ = 1000;
  std::mutex mutex_;
  std::map<Outcome, int> seen_;
  Cache<std::string> cache_{{.limits = {.entries = 100},
                             .seconds = kSeconds,
                             .now = [this] { return now_.load(); },
                             .observe =
                                 [this](Outcome outcome) {
                                   const std::lock_guard lock(mutex_);
                                   ++seen_[outcome];
                                 }}};
};

TEST_F(CacheTest, MakesOnce) {
  EXPECT_EQ(get("a", "1"), "1");
  EXPECT_EQ(get("a", "2"), "1");
  EXPECT_EQ(get("b", "3"), "3");
  EXPECT_EQ(seen(Outcome::kHit), 1);
  EXPECT_EQ(seen(Outcome::kMiss), 2);
  cache_.clear();
  EXPECT_EQ(get("a", "4"), "4");
}

TEST_F(CacheTest, ExpiresNotAllAtOnce) {
  for (int i = 0; i < 50; ++i) get(std::to_string(i), "old");
  now_ = 1000 + 0.89 * kSeconds;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(get(std::to_string(i), "new"), "old") << "nothing lives less than 90 %";
  now_ = 1000 + 0.95 * kSeconds;
  int renewed = 0;
  for (int i = 0; i < 50; ++i) renewed += get(std::to_string(i), "new") == "new" ? 1 : 0;
  EXPECT_GT(renewed, 10);
  EXPECT_LT(renewed, 40);
  now_ = 1000 + kSeconds;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(get(std::to_string(i), "new"), "new") << "nothing lives longer than 100 %";
}

TEST_F(CacheTest, APeekSeesWhatIsKeptHoweverOldAndMakesNothing) {
  EXPECT_EQ(cache_.peek("a"), nullptr);
  get("a", "1");
  now_ = 1000 + 100 * kSeconds;
  ASSERT_NE(cache_.peek("a"), nullptr);
  EXPECT_EQ(*cache_.peek("a"), "1");
  EXPECT_EQ(seen(Outcome::kMiss), 1);
  EXPECT_EQ(seen(Outcome::kHit) + seen(Outcome::kStale), 0);
  cache_.clear();
  EXPECT_EQ(cache_.peek("a"), nullptr);
}

TEST_F(CacheTest, AnErrorIsNotKept) {
  EXPECT_EQ(get_failing("a"), "error: not now");
  EXPECT_EQ(get("a", "1"), "1");
}

TEST_F(CacheTest, WhatIsNotToBeKeptIsNot) {
  const auto makeshift = cache_.get(
      "a", []() -> base::Result<std::string> { return std::string("for now"); },
      [](const std::string&) -> std::optional<std::size_t> { return std::nullopt; });
  EXPECT_EQ(text_of(makeshift), "for now");
  EXPECT_EQ(get("a", "1"), "1");
}

TEST_F(CacheTest, WhatJustExpiredIsGivenWhileOneMakesItAnew) {
  get("a", "old");
  now_ = 1000 + kSeconds;
  std::latch making(1);
  std::latch go_on(1);
  std::thread slow([&] {
    const auto made = cache_.get(
        "a",
        [&]() -> base::Result<std::string> {
          making.count_down();
          go_on.wait();
          return std::string("new");
        },
        [](const std::string& text) { return text.size(); });
    EXPECT_EQ(text_of(made), "new");
  });
  making.wait();
  EXPECT_EQ(get("a", "second"), "old");
  EXPECT_EQ(seen(Outcome::kStale), 1);
  go_on.count_down();
  slow.join();
  EXPECT_EQ(get("a", "third"), "new");
}

TEST_F(CacheTest, WhatJustExpiredIsGivenWhenItCannotBeMadeAnew) {
  get("a", "old");
  now_ = 1000 + kSeconds;
  EXPECT_EQ(get_failing("a"), "old");
  EXPECT_EQ(seen(Outcome::kStale), 1);
  now_ = 1000 + 1.2 * kSeconds;
  EXPECT_EQ(get_failing("a"), "error: not now") << "but not for long";
}

TEST_F(CacheTest, ManyWhoAskAtOnceAreOneQuestion) {
  constexpr int kCallers = 8;
  std::atomic<int> made = 0;
  std::latch all_there(kCallers);
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&] {
      all_there.arrive_and_wait();
      const auto answer = cache_.get(
          "a",
          [&]() -> base::Result<std::string> {
            ++made;
            std::this_thread::yield();
            return std::string("value");
          },
          [](const std::string& text) { return text.size(); });
      EXPECT_EQ(text_of(answer), "value");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

TEST(SingleFlight, AllWhoWaitGetWhatWasThrown) {
  SingleFlight<int> flights;
  std::latch flying(1);
  std::latch go_on(1);
  std::thread first([&] {
    EXPECT_THROW(flights.run("a",
                             [&]() -> int {
                               flying.count_down();
                               go_on.wait();
                               throw std::runtime_error("broken");
                             }),
                 std::runtime_error);
  });
  flying.wait();
  EXPECT_EQ(flights.try_run("a", [] { return 1; }), std::nullopt);
  std::thread second([&] {
    // Either waits for the first one's exception or, had it landed, makes its own.
    try {
      EXPECT_EQ(flights.run("a", [] { return 2; }), 2);
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "broken");
    }
  });
  EXPECT_EQ(flights.run("b", [] { return 3; }), 3) << "another key does not wait";
  go_on.count_down();
  first.join();
  second.join();
  EXPECT_EQ(flights.run("a", [] { return 4; }), 4) << "a failed flight is over";
}

TEST(Cache, ARoomOfNothingKeepsNothing) {
  Cache<int> cache({.limits = {.entries = 0}});
  for (const int made : {1, 2}) {
    EXPECT_EQ(**cache.get(
                  "a", [&]() -> base::Result<int> { return made; }, [](int) { return sizeof(int); }),
              made);
  }
}

}  // namespace
}  // namespace mla::cache
