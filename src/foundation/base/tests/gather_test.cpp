#include "foundation/base/gather.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>

namespace mla::base {
namespace {

using testing::ElementsAre;

struct Question {
  int asked = 0;
  int answer = 0;
};
using Questions = Gather<Question>;

void square(std::span<Question* const> together) {
  for (Question* one : together) one->answer = one->asked * one->asked;
}

// Asks in a thread of its own; `sizes` notes how many were answered together.
class Company {
 public:
  explicit Company(Questions& questions) : questions_(questions) {}

  std::future<int> ask(int number) {
    return std::async(std::launch::async, [this, number] {
      Question mine{number};
      questions_.ask(mine, [this](std::span<Question* const> together) {
        {
          const std::lock_guard lock(mutex_);
          sizes_.push_back(together.size());
        }
        square(together);
      });
      return mine.answer;
    });
  }
  std::vector<std::size_t> sizes() {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }

 private:
  Questions& questions_;
  std::mutex mutex_;
  std::vector<std::size_t> sizes_;
};

// Holds the only place until it is let go, so that all who come meanwhile wait.
class Holder {
 public:
  explicit Holder(Questions& questions) {
    thread_ = std::thread([this, &questions] {
      Question mine{1};
      questions.ask(mine, [this](std::span<Question* const> together) {
        held_.set_value();
        open_.get_future().wait();
        square(together);
      });
    });
    held_.get_future().wait();
  }
  void let_go() {
    open_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> held_;
  std::promise<void> open_;
  std::thread thread_;
};

// Beside the one that the holder asks.
void wait_for(const Questions& questions, std::size_t waiting) {
  while (questions.unanswered() < waiting + 1) std::this_thread::yield();
}

TEST(Gather, AloneNobodyWaits) {
  Questions questions(1, 8);
  for (int i = 0; i < 3; ++i) {
    Question mine{i};
    questions.ask(mine, [](std::span<Question* const> together) {
      ASSERT_EQ(together.size(), 1U);
      square(together);
    });
    EXPECT_EQ(mine.answer, i * i);
  }
}

TEST(Gather, WhoWaitsIsAnsweredByTheNextInTheOrderOfComing) {
  Questions questions(1, 3);
  Holder holder(questions);
  Company company(questions);
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 5; ++i) {
    answers.push_back(company.ask(i));
    wait_for(questions, answers.size());
  }
  holder.let_go();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(), i * i);
  EXPECT_THAT(company.sizes(), ElementsAre(3, 2)) << "three at most";
}

TEST(Gather, ASecondPlaceIsTakenAtOnce) {
  Questions questions(2, 8);
  Holder holder(questions);
  Company company(questions);
  EXPECT_EQ(company.ask(7).get(), 49) << "while the first is still held";
  holder.let_go();
}

TEST(Gather, WhatIsThrownReachesAllItWasForAndNobodyElse) {
  Questions questions(1, 8);
  Holder holder(questions);
  std::vector<std::future<void>> asking;
  for (int i = 0; i < 3; ++i) {
    asking.push_back(std::async(std::launch::async, [&questions] {
      Question mine{1};
      questions.ask(mine, [](std::span<Question* const>) { throw std::runtime_error("no answer"); });
    }));
  }
  wait_for(questions, 3);
  holder.let_go();
  for (std::future<void>& one : asking) EXPECT_THROW(one.get(), std::runtime_error);
  Question after{5};
  questions.ask(after, square);
  EXPECT_EQ(after.answer, 25) << "the place is free again";
}

TEST(Gather, ManyThreadsAllGetTheirOwnAnswers) {
  Questions questions(2, 4);
  std::atomic<int> at_once{0};
  std::atomic<bool> too_many{false};
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        Question mine{1000 * t + i};
        questions.ask(mine, [&](std::span<Question* const> together) {
          if (++at_once > 2 || together.size() > 4) too_many = true;
          square(together);
          --at_once;
        });
        wrong += mine.answer == mine.asked * mine.asked ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(too_many);
  EXPECT_EQ(questions.unanswered(), 0U);
}

}  // namespace
}  // namespace mla::base
