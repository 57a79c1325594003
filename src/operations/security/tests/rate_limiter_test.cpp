#include "operations/security/rate_limiter.h"

#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mla::security {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class RateLimiterTest : public testing::Test {
 protected:
  // How many of `tries` requests are let through now.
  int let_through(std::string_view caller, const RateLimit& limit, int tries) {
    int allowed = 0;
    for (int i = 0; i < tries; ++i) allowed += limiter.take(caller, limit).allowed ? 1 : 0;
    return allowed;
  }

  std::int64_t now = 5 * kSecond;
  MemoryRateLimiter limiter{1024, [this] { return now; }};
};

TEST_F(RateLimiterTest, OneAndTheBurstAtOnceThenTheSteadyRate) {
  const RateLimit limit{60, 4};  // one a second
  EXPECT_EQ(let_through("a", limit, 100), 5);
  now += kSecond - 1;
  EXPECT_EQ(let_through("a", limit, 100), 0);
  now += 1;
  EXPECT_EQ(let_through("a", limit, 100), 1);
  now += 3 * kSecond;
  EXPECT_EQ(let_through("a", limit, 100), 3);
  now += 1000 * kSecond;
  EXPECT_EQ(let_through("a", limit, 100), 5) << "what was not used is not saved up";
}

TEST_F(RateLimiterTest, WithoutABurstOneAtATime) {
  const RateLimit limit{60, 0};
  EXPECT_EQ(let_through("a", limit, 10), 1);
  now += kSecond;
  EXPECT_EQ(let_through("a", limit, 10), 1);
}

// 1000 a minute and 50: over ten minutes never more than both together, and never less than the rate.
TEST_F(RateLimiterTest, TheDefaultOverTenMinutes) {
  int allowed = 0;
  for (int tick = 0; tick < 600 * 100; ++tick) {
    allowed += let_through("busy", {}, 2);
    now += kSecond / 100;
  }
  EXPECT_LE(allowed, 10'051);
  EXPECT_GE(allowed, 10'000);
}

TEST_F(RateLimiterTest, SaysWhatIsLeftAndWhenToComeBack) {
  const RateLimit limit{60, 2};
  EXPECT_EQ(limiter.take("a", limit).remaining, 2);
  EXPECT_EQ(limiter.take("a", limit).remaining, 1);
  now += kSecond / 4;
  const RateDecision last = limiter.take("a", limit);
  EXPECT_TRUE(last.allowed);
  EXPECT_EQ(last.remaining, 0);
  EXPECT_DOUBLE_EQ(last.full_after, 2.75);
  const RateDecision refused = limiter.take("a", limit);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_DOUBLE_EQ(refused.retry_after, 0.75);
  EXPECT_DOUBLE_EQ(refused.full_after, 2.75);
  now += kSecond * 3 / 4;
  EXPECT_TRUE(limiter.take("a", limit).allowed) << "after retry_after, to the nanosecond";
}

TEST_F(RateLimiterTest, RefusedRequestsCostNothing) {
  const RateLimit limit{60, 0};
  EXPECT_EQ(let_through("a", limit, 1000), 1);
  now += kSecond;
  EXPECT_TRUE(limiter.take("a", limit).allowed);
}

TEST_F(RateLimiterTest, CallersDoNotShare) {
  const RateLimit limit{60, 0};
  for (int i = 0; i < 100; ++i) {
    const std::string caller = fmt::format("caller {}", i);
    EXPECT_TRUE(limiter.take(caller, limit).allowed) << i;
    EXPECT_FALSE(limiter.take(caller, limit).allowed) << i;
  }
}

TEST_F(RateLimiterTest, ExtremeLimitsDoNotOverflow) {
  EXPECT_EQ(let_through("many", {1e9, 1e9}, 1000), 1000);
  EXPECT_EQ(let_through("few", {1, 1e9}, 1000), 1000);
  EXPECT_EQ(let_through("never", {1e-30, 0}, 10), 1);
  const RateDecision never = limiter.take("never", {1e-30, 0});
  EXPECT_FALSE(never.allowed);
  EXPECT_GT(never.retry_after, 0);
}

// Somebody with a million names neither makes the table grow nor gets a caller forgotten that is being refused.
TEST_F(RateLimiterTest, AFloodOfNamesDoesNotHelpWhoIsRefused) {
  const RateLimit limit{60, 50};
  EXPECT_EQ(let_through("heavy", limit, 100), 51);
  for (int i = 0; i < 1'000'000; ++i) EXPECT_TRUE(limiter.take(fmt::format("{}", i), limit).allowed);
  EXPECT_FALSE(limiter.take("heavy", limit).allowed);
}

// Where all places of a row are taken the one who has used least makes room.
TEST(RateLimiter, TheSmallestTableForgetsTheLightestUser) {
  const std::int64_t now = kSecond;
  MemoryRateLimiter limiter(1, [&] { return now; });
  const RateLimit limit{60, 9};
  for (int caller = 0; caller < 8; ++caller) {
    for (int i = 0; i < caller + 1; ++i) limiter.take(std::string(1, static_cast<char>('a' + caller)), limit);
  }
  EXPECT_EQ(limiter.take("new", limit).remaining, 9);  // in the place of "a", whose one request is forgotten
  EXPECT_EQ(limiter.take("h", limit).remaining, 1);
  EXPECT_EQ(limiter.take("b", limit).remaining, 7);
}

// Whoever counts in other ticks decides the same.
TEST(Gcra, DecidesAlikeInAllTicks) {
  const RateLimit limit{60, 2};
  for (const double ticks : {1e3, 1e6, 1e9}) {
    const Gcra gcra(limit, ticks);
    EXPECT_EQ(gcra.interval, static_cast<std::int64_t>(ticks));
    EXPECT_EQ(gcra.tolerance, static_cast<std::int64_t>(2 * ticks));
    const RateDecision first = gcra.decide(0);
    EXPECT_TRUE(first.allowed);
    EXPECT_EQ(first.remaining, 2);
    EXPECT_DOUBLE_EQ(first.full_after, 1);
    EXPECT_TRUE(gcra.decide(gcra.tolerance).allowed);
    const RateDecision refused = gcra.decide(static_cast<std::int64_t>(2.5 * ticks));
    EXPECT_FALSE(refused.allowed);
    EXPECT_DOUBLE_EQ(refused.retry_after, 0.5);
    EXPECT_DOUBLE_EQ(refused.full_after, 2.5);
  }
  EXPECT_EQ(Gcra({1e12, 0}, 1e3).interval, 1) << "no request is free";
}

TEST(RateLimiter, ThreadsTogetherGetWhatOneWould) {
  const std::int64_t now = kSecond;
  MemoryRateLimiter limiter(64, [&] { return now; });
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) allowed += limiter.take("shared", {60, 99}).allowed ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 100);
}

TEST(RateLimiter, TheRealClockGoesForward) {
  const std::int64_t before = MemoryRateLimiter::steady_nanoseconds();
  EXPECT_GE(MemoryRateLimiter::steady_nanoseconds(), before);
  MemoryRateLimiter limiter;
  EXPECT_TRUE(limiter.take("a", {1, 0}).allowed);
  EXPECT_FALSE(limiter.take("a", {1, 0}).allowed);
}

}  // namespace
}  // namespace mla::security
