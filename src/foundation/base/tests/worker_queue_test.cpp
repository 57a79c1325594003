#include "foundation/base/worker_queue.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>

namespace mla::base {
namespace {

using testing::ElementsAre;

const WorkerQueue::Watch kNobody = [](std::size_t) {};

// A job that holds its thread until it is let go.
struct Gate {
  std::promise<void> begun, open;
  std::function<void()> job() {
    return [this, wait = open.get_future().share()] {
      begun.set_value();
      wait.wait();
    };
  }
};

TEST(WorkerQueue, OneThreadDoesJobsInTheOrderOfTheirComing) {
  std::vector<int> done;
  {
    WorkerQueue queue(1, 100, kNobody);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(queue.push([&done, i] { done.push_back(i); }));
  }
  EXPECT_THAT(done, ElementsAre(0, 1, 2, 3, 4)) << "the end of a queue does what waits";
}

TEST(WorkerQueue, RefusesWhatIsTooMuchAndTellsHowManyWait) {
  std::atomic<std::size_t> waiting{0};
  std::atomic<int> done{0};
  Gate gate;
  WorkerQueue queue(1, 2, [&waiting](std::size_t jobs) { waiting = jobs; });
  ASSERT_TRUE(queue.push(gate.job()));
  gate.begun.get_future().wait();
  EXPECT_EQ(waiting, 0u) << "what runs does not wait";
  EXPECT_TRUE(queue.push([&done] { ++done; }));
  EXPECT_TRUE(queue.push([&done] { ++done; }));
  EXPECT_EQ(waiting, 2u);
  EXPECT_FALSE(queue.push([&done] { ++done; }));
  gate.open.set_value();
  queue.stop();
  EXPECT_EQ(done, 2);
  EXPECT_EQ(waiting, 0u);
}

TEST(WorkerQueue, AfterStopItTakesNothingAndStoppingAgainIsFine) {
  WorkerQueue queue(2, 10, kNobody);
  queue.stop();
  EXPECT_FALSE(queue.push([] {}));
  queue.stop();
}

TEST(WorkerQueue, JobsRunAtOnceOnSeveralThreads) {
  Gate first;
  Gate second;
  WorkerQueue queue(2, 10, kNobody);
  ASSERT_TRUE(queue.push(first.job()));
  ASSERT_TRUE(queue.push(second.job()));
  first.begun.get_future().wait();  // would never come together on one thread
  second.begun.get_future().wait();
  first.open.set_value();
  second.open.set_value();
}

TEST(WorkerQueue, WhatAJobHoldsIsLetGoWhenItIsDone) {
  const auto held = std::make_shared<int>(1);
  WorkerQueue queue(1, 10, kNobody);
  std::promise<void> later;
  ASSERT_TRUE(queue.push([held] {}));
  ASSERT_TRUE(queue.push([&later] { later.set_value(); }));
  later.get_future().wait();
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace mla::base
