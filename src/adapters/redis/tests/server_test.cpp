// Against a real server: that of MLA_TEST_REDIS, which tools/redis.py starts; without one the tests are skipped.
#include <cstdlib>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/redis/impl/link.h"
#include "adapters/redis/redis.h"
#include "foundation/base/log.h"

namespace mla::redis {
namespace {

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* server = std::getenv("MLA_TEST_REDIS");
    if (server == nullptr) GTEST_SKIP() << "skipped: no Redis server, ./test.sh --all starts one";
    base::log::set_level(base::log::Level::kOff);
    url_ = server;
    static int counter = 0;
    scope_ = std::to_string(::getpid()) + "_" + std::to_string(++counter);
  }
  std::unique_ptr<Redis> open() const {
    auto redis = Redis::open(url_, {.scope = scope_, .timeout = 30}).value();
    while (!redis->answers().problem().empty()) std::this_thread::yield();
    return redis;
  }
  std::unique_ptr<security::RateLimiter> limiter_of(Redis& redis) const {
    // Who is counted here has no answer from Redis.
    class Nobody final : public security::RateLimiter {
      security::RateDecision take(std::string_view, const security::RateLimit&) override {
        ADD_FAILURE() << "Redis did not count";
        return {};
      }
    };
    return redis.limiter(std::make_unique<Nobody>());
  }
  static std::optional<std::string> await(Redis& redis, std::string_view key, bool there) {
    while (true) {
      auto bytes = redis.answers().find(key);
      if (bytes.has_value() == there) return bytes;
      std::this_thread::yield();
    }
  }

  std::string url_;
  std::string scope_;
};

TEST_F(ServerTest, KeepsAnswersOfAllBytesForAll) {
  const auto one = open();
  const auto other = open();
  std::string bytes;
  for (unsigned i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * i % 251);
  one->answers().put("key", bytes, 60);
  EXPECT_EQ(await(*other, "key", true), bytes);
}

TEST_F(ServerTest, ForgetsThemInTime) {
  const auto redis = open();
  redis->answers().put("long", "x", 60);
  await(*redis, "long", true);
  redis->answers().put("long", "y", 0.02);
  EXPECT_EQ(await(*redis, "long", false), std::nullopt);
}

TEST_F(ServerTest, CountsForAllServersTogether) {
  const auto one = open();
  const auto other = open();
  const auto here = limiter_of(*one);
  const auto there = limiter_of(*other);
  const security::RateLimit limit{1, 9};  // of a minute a request: none comes back within this test
  int allowed = 0;
  for (int i = 0; i < 30; ++i) allowed += (i % 2 == 0 ? here : there)->take("anna", limit).allowed ? 1 : 0;
  EXPECT_EQ(allowed, 10);
  const security::RateDecision refused = here->take("anna", limit);
  EXPECT_FALSE(refused.allowed);
  EXPECT_GT(refused.retry_after, 0);
  EXPECT_LE(refused.retry_after, 60);
  EXPECT_GT(refused.full_after, 500);
  EXPECT_EQ(there->take("ben", limit).remaining, 9) << "another caller";
}

TEST_F(ServerTest, WhoWaitsMayGoOn) {
  const auto redis = open();
  const auto limiter = limiter_of(*redis);
  const security::RateLimit limit{60'000, 0};  // one in a millisecond
  EXPECT_TRUE(limiter->take("anna", limit).allowed);
  int allowed = 0;
  while (allowed < 3) allowed += limiter->take("anna", limit).allowed ? 1 : 0;
}

// By the clock of Redis, which was put back by a century: nobody is locked out for longer than the limit says.
TEST_F(ServerTest, AClockThatWasPutBackLocksNobodyOut) {
  const auto redis = open();
  const auto limiter = limiter_of(*redis);
  const security::RateLimit limit{60, 2};
  limiter->take("anna", limit);
  Link link(
      parse_location(url_).value(),
      {.probe_key = scope_, .timeout = std::chrono::duration<double>(30), .retry = std::chrono::duration<double>(1)});
  while (!link.problem().empty()) std::this_thread::yield();
  const auto changed = link.ask({"EVAL",
                                 "local keys = redis.call('KEYS', ARGV[1]) redis.call('SET', keys[1], "
                                 "'5000000000000000') return #keys",
                                 "0", "mla1:" + scope_ + ":rate:*"});
  ASSERT_TRUE(changed);
  EXPECT_EQ((*changed)->integer, 1);
  const security::RateDecision refused = limiter->take("anna", limit);
  EXPECT_FALSE(refused.allowed);
  EXPECT_DOUBLE_EQ(refused.retry_after, 1);
}

TEST_F(ServerTest, AWrongPasswordIsSaidAndCostsNothing) {
  std::string wrong = url_;
  wrong.replace(wrong.find("//") + 2, wrong.find('@') - wrong.find("//") - 2, ":wrong");
  const auto redis = Redis::open(wrong, {.scope = scope_, .timeout = 30}).value();
  EXPECT_EQ(redis->answers().find("key"), std::nullopt);
  while (redis->answers().problem().find("WRONGPASS") == std::string::npos) std::this_thread::yield();
}

}  // namespace
}  // namespace mla::redis
