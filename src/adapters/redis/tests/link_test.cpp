// The connections and the circuit breaker before them, against a server that says what a test wants.
#include "adapters/redis/impl/link.h"

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/redis/tests/scripted_server.h"
#include "foundation/base/log.h"

namespace mla::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = ScriptedServer::Words;

constexpr double kLong = 30;  // seconds: nothing in a test takes so long
constexpr double kShort = 0.02;

ScriptedServer::Script says(std::string answer) {
  return [answer](const Words&) { return answer; };
}
// Lets the breaker close, and plays `script` for the rest.
ScriptedServer::Script after_probe(ScriptedServer::Script script) {
  return [script](const Words& words) -> std::optional<std::string> {
    return words.at(0) == "SET" && words.at(1) == "probe" ? "+OK\r\n" : script(words);
  };
}

class LinkTest : public testing::Test {
 protected:
  void SetUp() override { base::log::set_level(base::log::Level::kOff); }

  void connect(double timeout = kLong, double retry = kLong) {
    link_ = std::make_unique<Link>(parse_location(server_.url()).value(),
                                   Link::Options{.probe_key = "probe",
                                                 .timeout = std::chrono::duration<double>(timeout),
                                                 .retry = std::chrono::duration<double>(retry)});
  }
  void await_closed() {
    while (!link_->problem().empty()) std::this_thread::yield();
  }
  std::optional<std::string> ask(std::string_view word) {
    const auto reply = link_->ask({"GET", word});
    if (!reply || (*reply)->str == nullptr) return std::nullopt;
    return std::string((*reply)->str, (*reply)->len);
  }
  // With a time-out that a busy machine may not keep when it connects.
  void connect_in_a_hurry() {
    do {
      connect(kShort);
      link_->wait_for_first_attempt();
    } while (!link_->problem().empty());
  }
  // Asks until there is an answer: a link opens further connections by and by.
  std::string answered(std::string_view word) {
    while (true) {
      if (auto answer = ask(word)) return *answer;
      std::this_thread::yield();
    }
  }

  ScriptedServer server_{after_probe(says("$2\r\nhi\r\n"))};
  std::unique_ptr<Link> link_;
};

TEST_F(LinkTest, AsksAndTells) {
  connect();
  await_closed();
  EXPECT_EQ(answered("a"), "hi");
  link_->tell({"SET", "key", "value"});
  while (server_.count("SET") < 1 + static_cast<int>(Link::kFewestConnections)) std::this_thread::yield();
  EXPECT_THAT(server_.heard(), testing::Contains(ElementsAre("SET", "key", "value")));
  EXPECT_THAT(server_.heard(), testing::Contains(ElementsAre("GET", "a")));
}

TEST_F(LinkTest, LogsInAndChoosesTheDatabase) {
  Location location = parse_location(server_.url()).value();
  location.user = "anna";
  location.password = "secret";
  location.database = 7;
  server_.play(says("+OK\r\n"));
  const auto connection = Connection::open(location, std::chrono::seconds(30));
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  EXPECT_THAT(server_.heard(), ElementsAre(ElementsAre("AUTH", "anna", "secret"), ElementsAre("SELECT", "7")));
}

TEST_F(LinkTest, AWrongPasswordIsAProblemThatSaysSo) {
  Location location = parse_location(server_.url()).value();
  location.password = "secret";
  server_.play(says("-WRONGPASS invalid username-password pair\r\n"));
  const auto connection = Connection::open(location, std::chrono::seconds(30));
  ASSERT_FALSE(connection.ok());
  EXPECT_EQ(connection.error().code, base::ErrorCode::kPermission);
  EXPECT_THAT(connection.error().message, HasSubstr("WRONGPASS"));
}

TEST_F(LinkTest, AServerThatIsNotThereIsAProblem) {
  server_.stop();
  connect();
  link_->wait_for_first_attempt();
  EXPECT_EQ(ask("a"), std::nullopt);
  EXPECT_THAT(link_->problem(), HasSubstr("No such file"));
  EXPECT_THAT(link_->problem(), HasSubstr("this server keeps answers in its memory alone"));
}

TEST_F(LinkTest, ThreeQuestionsWithoutAnAnswerOpenTheBreaker) {
  connect_in_a_hurry();
  server_.play(after_probe([](const Words&) { return std::nullopt; }));
  while (link_->problem().empty()) EXPECT_EQ(ask("a"), std::nullopt);
  EXPECT_THAT(link_->problem(), HasSubstr("no answer in time"));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ask("a"), std::nullopt);
  while (server_.count("GET") < Link::kFailures) std::this_thread::yield();  // it may read later than it was asked
  EXPECT_EQ(server_.count("GET"), Link::kFailures) << "nobody waits any more";
}

// A server that hangs, or was stopped (SIGSTOP), still takes connections.
TEST_F(LinkTest, AServerThatHangsOpensTheBreakerAndTakesNoConnection) {
  connect_in_a_hurry();
  server_.play([](const Words&) { return std::nullopt; });
  while (link_->problem().empty()) EXPECT_EQ(ask("a"), std::nullopt);
  EXPECT_LE(server_.count("GET"), Link::kFailures);
}

TEST_F(LinkTest, AnAnswerBetweenFailuresKeepsTheBreakerClosed) {
  connect(kLong);
  await_closed();
  std::atomic<int> questions{0};
  server_.play(after_probe([&questions](const Words&) -> std::optional<std::string> {
    return ++questions % 3 == 0 ? "$2\r\nhi\r\n" : "-ERR not now\r\n";
  }));
  for (int i = 0; i < 30; ++i) ask("a");
  EXPECT_EQ(link_->problem(), "");
  server_.stop();
}

TEST_F(LinkTest, TheBreakerClosesWhenTheServerAnswersAgain) {
  connect(kShort, kShort);
  await_closed();
  server_.play([](const Words&) { return std::nullopt; });
  while (link_->problem().empty()) ask("a");
  server_.play(after_probe(says("$4\r\nback\r\n")));
  await_closed();
  EXPECT_EQ(answered("a"), "back");
}

TEST_F(LinkTest, AServerThatWasStartedAnewIsFoundAgain) {
  connect(kLong, kShort);
  await_closed();
  EXPECT_EQ(answered("a"), "hi");
  server_.stop();
  while (link_->problem().empty()) EXPECT_EQ(ask("a"), std::nullopt);
  server_.start();
  await_closed();
  EXPECT_EQ(answered("a"), "hi");
}

// A copy that may not be written to, or a full server, is of no use: the probe writes.
TEST_F(LinkTest, AServerThatRefusesToBeWrittenToIsAProblem) {
  server_.play([](const Words& words) -> std::optional<std::string> {
    return words.at(0) == "SET" ? "-READONLY You can't write against a read only replica.\r\n" : "$2\r\nhi\r\n";
  });
  connect();
  link_->wait_for_first_attempt();
  EXPECT_EQ(ask("a"), std::nullopt);
  while (link_->problem().find("READONLY") == std::string::npos) std::this_thread::yield();
}

TEST_F(LinkTest, WhatIsNoAnswerEndsTheConnection) {
  for (const char* nonsense : {"what?\r\n", "$99999999999999999999\r\n", "*-7\r\n", ""}) {
    server_.play(after_probe(says(nonsense)));
    connect();
    await_closed();
    while (link_->problem().empty()) EXPECT_EQ(ask("a"), std::nullopt) << nonsense;
    EXPECT_NE(link_->problem(), "") << nonsense;
  }
}

TEST_F(LinkTest, AnAnswerWithoutEndIsNotWaitedFor) {
  server_.play(after_probe(says("$536870912\r\n" + std::string(std::size_t{9} << 20, 'x'))));
  connect();
  await_closed();
  while (link_->problem().empty()) EXPECT_EQ(ask("a"), std::nullopt);
  EXPECT_THAT(link_->problem(), HasSubstr("longer than any that was asked for"));
}

// An answer that comes too late must not become that of the next question.
TEST_F(LinkTest, ALateAnswerIsNobodys) {
  std::latch given_up(1);
  std::atomic<bool> first{true};
  server_.play(after_probe([&](const Words& words) -> std::optional<std::string> {
    if (first.exchange(false)) given_up.wait();
    return "$1\r\n" + words.at(1) + "\r\n";
  }));
  connect_in_a_hurry();
  EXPECT_EQ(ask("a"), std::nullopt);
  given_up.count_down();
  for (int i = 0; i < 20; ++i) {
    if (const auto answer = ask("b")) {
      EXPECT_EQ(*answer, "b");
    }
  }
  server_.stop();  // it may read questions after they were given up, and asks what stands here
}

TEST_F(LinkTest, ManyAskAtOnceAndGetTheirOwnAnswers) {
  server_.play(after_probe([](const Words& words) { return "$2\r\n" + words.at(1) + "\r\n"; }));
  connect();
  await_closed();
  std::vector<std::thread> threads;
  for (int i = 10; i < 26; ++i) {
    threads.emplace_back([this, word = std::to_string(i)] {
      for (int times = 0; times < 100; ++times) EXPECT_EQ(answered(word), word);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(link_->problem(), "");
}

TEST_F(LinkTest, EndsWhileTheServerIsSilent) {
  server_.play([](const Words&) { return std::nullopt; });
  connect(kShort, kShort);
  link_->wait_for_first_attempt();
  link_.reset();
}

}  // namespace
}  // namespace mla::redis
