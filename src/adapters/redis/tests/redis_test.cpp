// Answers and limits against a server that says what a test wants.
#include "adapters/redis/redis.h"

#include <map>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/impl/envelope.h"
#include "adapters/redis/tests/scripted_server.h"
#include "foundation/base/log.h"

namespace mla::redis {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Words = ScriptedServer::Words;

// As much of Redis as this adapter uses; `ahead` is what the script of the limiter answers.
class FakeRedis {
 public:
  std::optional<std::string> operator()(const Words& words) {
    const std::lock_guard lock(mutex);
    if (words[0] == "SET") {
      kept[words[1]] = words[2];
      return "+OK\r\n";
    }
    if (words[0] == "EVAL") return ahead;
    const auto found = kept.find(words[1]);
    if (found == kept.end()) return "$-1\r\n";
    return "$" + std::to_string(found->second.size()) + "\r\n" + found->second + "\r\n";
  }

  std::mutex mutex;
  std::map<std::string, std::string> kept;
  std::string ahead = ":0\r\n";
};

class RedisTest : public testing::Test {
 protected:
  void SetUp() override {
    base::log::set_level(base::log::Level::kOff);
    redis_ = open("database");
  }
  std::unique_ptr<Redis> open(const std::string& scope) {
    auto redis = Redis::open(server_.url(), {.scope = scope, .timeout = 30}).value();
    while (!redis->answers().problem().empty()) std::this_thread::yield();
    return redis;
  }
  // Asks until the bytes that were put by and by are there.
  static std::string found(Redis& redis, std::string_view key) {
    while (true) {
      if (auto bytes = redis.answers().find(key)) return *bytes;
      std::this_thread::yield();
    }
  }

  FakeRedis fake_;
  ScriptedServer server_{[this](const Words& words) { return fake_(words); }};
  std::unique_ptr<Redis> redis_;
};

TEST_F(RedisTest, AUrlThatIsNoneIsAnError) {
  EXPECT_EQ(Redis::open("rediss://h", {}).error().code, base::ErrorCode::kUnsupported);
  EXPECT_EQ(Redis::open("nonsense", {}).error().code, base::ErrorCode::kInvalidArgument);
}

TEST_F(RedisTest, WhatWasPutIsFoundByAnother) {
  EXPECT_EQ(redis_->answers().find("key"), std::nullopt);
  redis_->answers().put("key", "bytes", 2.5);
  EXPECT_EQ(found(*redis_, "key"), "bytes");
  EXPECT_EQ(found(*open("database"), "key"), "bytes");
  EXPECT_EQ(redis_->answers().find("other"), std::nullopt);
  EXPECT_THAT(server_.heard(), Contains(ElementsAre("SET", "mla1:database:answer:" + hash_of("key"),
                                                    wrap("key", "bytes"), "PX", "2500")));
}

TEST_F(RedisTest, AnotherDatabaseIsAnotherScope) {
  redis_->answers().put("key", "bytes", 60);
  EXPECT_EQ(found(*redis_, "key"), "bytes");
  EXPECT_EQ(open("another")->answers().find("key"), std::nullopt);
}

TEST_F(RedisTest, WhatIsNotOursUnderOurKeyIsNotTaken) {
  redis_->answers().put("key", "bytes", 60);
  found(*redis_, "key");
  const std::string name = "mla1:database:answer:" + hash_of("key");
  for (const std::string& foreign :
       {std::string("foreign"), std::string(), wrap("another key", "bytes"), wrap("key", "bytes").substr(1)}) {
    {
      const std::lock_guard lock(fake_.mutex);
      fake_.kept[name] = foreign;
    }
    EXPECT_EQ(redis_->answers().find("key"), std::nullopt) << foreign;
  }
  EXPECT_EQ(redis_->answers().problem(), "") << "the server is well";
}

TEST_F(RedisTest, WhatIsTooLargeIsNotSent) {
  redis_->answers().put("large", std::string((std::size_t{1} << 20) + 1, 'x'), 60);
  redis_->answers().put("small", "x", 60);
  EXPECT_EQ(found(*redis_, "small"), "x");
  EXPECT_EQ(redis_->answers().find("large"), std::nullopt);
}

// A limiter that tells whether it was asked.
class Alone final : public security::RateLimiter {
 public:
  explicit Alone(int& asked) : asked_(asked) {}
  security::RateDecision take(std::string_view, const security::RateLimit&) override {
    ++asked_;
    return {.allowed = true, .remaining = 77, .full_after = 0, .retry_after = 0};
  }

 private:
  int& asked_;
};

TEST_F(RedisTest, ALimitIsCountedByOneCallWithoutTheNameOfTheCaller) {
  int alone = 0;
  const auto limiter = redis_->limiter(std::make_unique<Alone>(alone));
  const security::RateLimit limit{60, 2};
  const auto take = [&](const std::string& ahead) {
    {
      const std::lock_guard lock(fake_.mutex);
      fake_.ahead = ahead;
    }
    return limiter->take("principal:anna", limit);
  };
  const security::RateDecision first = take(":0\r\n");
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.remaining, 2);
  const security::RateDecision refused = take(":2500000\r\n");
  EXPECT_FALSE(refused.allowed);
  EXPECT_DOUBLE_EQ(refused.retry_after, 0.5);
  EXPECT_DOUBLE_EQ(refused.full_after, 2.5);
  EXPECT_EQ(alone, 0);
  EXPECT_EQ(server_.count("EVAL"), 2);
  for (const Words& words : server_.heard()) {
    if (words[0] != "EVAL") continue;
    ASSERT_EQ(words.size(), 6u);
    EXPECT_THAT(words[3], AllOf(StartsWith("mla1:database:rate:"), Not(HasSubstr("anna"))));
    EXPECT_EQ(words[4], "1000000") << "microseconds a request";
    EXPECT_EQ(words[5], "2000000");
  }
}

TEST_F(RedisTest, WithoutAnAnswerThisServerCountsAlone) {
  int alone = 0;
  const auto limiter = redis_->limiter(std::make_unique<Alone>(alone));
  for (const char* answer : {"-ERR unknown command 'EVAL'\r\n", "$1\r\nx\r\n", ":-5\r\n"}) {
    {
      const std::lock_guard lock(fake_.mutex);
      fake_.ahead = answer;
    }
    const int before = alone;
    EXPECT_EQ(limiter->take("a", {60, 2}).remaining, 77) << answer;
    EXPECT_EQ(alone, before + 1) << answer;
  }
  server_.stop();
  EXPECT_EQ(limiter->take("a", {60, 2}).remaining, 77);
}

}  // namespace
}  // namespace mla::redis
