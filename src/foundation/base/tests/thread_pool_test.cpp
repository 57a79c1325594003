#include "foundation/base/thread_pool.h"

#include <atomic>
#include <barrier>
#include <cmath>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::base {
namespace {

TEST(ThreadPool, VisitsEveryIndexOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const std::size_t count : {0u, 1u, 7u, 64u, 1000u}) {
      std::vector<std::atomic<int>> visits(count);
      pool.parallel_for(count, 7, [&](std::size_t begin, std::size_t end, int worker) {
        EXPECT_LT(begin, end);
        EXPECT_LE(end - begin, 7u);
        EXPECT_EQ(begin % 7, 0u) << "chunks start at multiples of the grain";
        EXPECT_GE(worker, 0);
        EXPECT_LT(worker, threads);
        for (std::size_t i = begin; i < end; ++i) ++visits[i];
      });
      for (const auto& visit : visits) ASSERT_EQ(visit.load(), 1);
    }
  }
}

TEST(ThreadPool, ByDefaultHasAThreadForEachCore) {
  EXPECT_GE(ThreadPool().size(), 1);
  EXPECT_EQ(ThreadPool(-3).size(), ThreadPool().size());
}

TEST(ThreadPool, CountsChunks) {
  EXPECT_EQ(ThreadPool::chunks(0, 10), 0u);
  EXPECT_EQ(ThreadPool::chunks(10, 10), 1u);
  EXPECT_EQ(ThreadPool::chunks(11, 10), 2u);
}

TEST(ThreadPool, ReallyRunsAtOnce) {
  ThreadPool pool(3);
  std::barrier meet(3);  // would wait forever if the three chunks ran one after the other
  pool.parallel_for(3, 1, [&](std::size_t, std::size_t, int) { meet.arrive_and_wait(); });
}

TEST(ThreadPool, NoTwoChunksShareAWorkerNumber) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> clash{false};
  for (int round = 0; round < 50; ++round) {
    pool.parallel_for(200, 1, [&](std::size_t, std::size_t, int worker) {
      if (busy[static_cast<std::size_t>(worker)].exchange(1) != 0) clash = true;
      std::this_thread::yield();
      busy[static_cast<std::size_t>(worker)] = 0;
    });
  }
  EXPECT_FALSE(clash.load());
}

// Sums of floats depend on the order of addition: equal bits prove equal chunks and equal order.
TEST(ThreadPool, ChunkOrderReductionGivesTheSameBitsAtAnySize) {
  std::vector<float> values(10'007);
  Random random(9);
  for (float& value : values) value = static_cast<float>(std::exp(10 * random.normal()));
  const auto sum = [&](int threads) {
    ThreadPool pool(threads);
    constexpr std::size_t kGrain = 64;
    std::vector<float> parts(ThreadPool::chunks(values.size(), kGrain));
    pool.parallel_for(values.size(), kGrain, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) parts[begin / kGrain] += values[i];
    });
    float total = 0;
    for (const float part : parts) total += part;
    return total;
  };
  const float one = sum(1);
  for (const int threads : {2, 3, 8}) EXPECT_EQ(sum(threads), one);
}

TEST(ThreadPool, ThrowsTheExceptionOfABodyAndStaysUsable) {
  ThreadPool pool(3);
  // Going on after the exception would take centuries: that the loop ends at all proves that it stops early.
  constexpr auto kCenturies = std::size_t{1} << 62;
  for (int round = 0; round < 20; ++round) {
    try {
      pool.parallel_for(kCenturies, 1, [&](std::size_t begin, std::size_t, int) {
        if (begin == 5) throw std::runtime_error("chunk " + std::to_string(begin));
      });
      FAIL() << "the exception was lost";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "chunk 5");
    }
  }
  std::atomic<int> sum{0};
  pool.parallel_for(10, 1, [&](std::size_t begin, std::size_t, int) { sum += static_cast<int>(begin); });
  EXPECT_EQ(sum.load(), 45);
}

TEST(ThreadPool, OneOfSeveralExceptionsComesOut) {
  ThreadPool pool(4);
  EXPECT_THROW(pool.parallel_for(4, 1, [](std::size_t, std::size_t, int) { throw std::runtime_error("all"); }),
               std::runtime_error);
}

TEST(ThreadPool, AnExceptionOnASingleThreadLeavesItUsable) {
  ThreadPool pool(1);
  EXPECT_THROW(pool.parallel_for(4, 1, [](std::size_t, std::size_t, int) { throw std::runtime_error("x"); }),
               std::runtime_error);
  int calls = 0;
  pool.parallel_for(4, 1, [&](std::size_t, std::size_t, int) { ++calls; });
  EXPECT_EQ(calls, 4);
}

TEST(ThreadPool, ALoopInsideALoopRunsOnItsCallersThreadAndNumber) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> visits(40 * 30);
  pool.parallel_for(40, 1, [&](std::size_t outer, std::size_t, int outer_worker) {
    const std::thread::id thread = std::this_thread::get_id();
    pool.parallel_for(30, 4, [&](std::size_t begin, std::size_t end, int worker) {
      EXPECT_EQ(std::this_thread::get_id(), thread);
      EXPECT_EQ(worker, outer_worker) << "scratch of another worker would be used by two threads";
      for (std::size_t i = begin; i < end; ++i) ++visits[outer * 30 + i];
    });
  });
  for (const auto& visit : visits) ASSERT_EQ(visit.load(), 1);
}

TEST(ThreadPool, AnExceptionOfAnInnerLoopComesOutOfTheOuterOne) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.parallel_for(10, 1,
                                 [&](std::size_t, std::size_t, int) {
                                   pool.parallel_for(10, 1, [](std::size_t begin, std::size_t, int) {
                                     if (begin == 3) throw std::logic_error("inner");
                                   });
                                 }),
               std::logic_error);
}

TEST(ThreadPool, AnotherPoolInsideALoopDoesNotSeeForeignNumbers) {
  ThreadPool outer(4), inner(2);
  outer.parallel_for(16, 1, [&](std::size_t, std::size_t, int) {
    inner.parallel_for(8, 1, [&](std::size_t, std::size_t, int worker) { EXPECT_LT(worker, inner.size()); });
  });
}

TEST(ThreadPool, ManyCallersTakeTurns) {
  ThreadPool pool(3);
  std::atomic<long> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 100; ++round) {
        pool.parallel_for(50, 3,
                          [&](std::size_t begin, std::size_t end, int) { total += static_cast<long>(end - begin); });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total.load(), 4L * 100 * 50);
}

TEST(ThreadPool, ManyShortLivedPoolsEndCleanly) {
  for (int round = 0; round < 200; ++round) {
    ThreadPool pool(4);
    std::atomic<int> calls{0};
    pool.parallel_for(4, 1, [&](std::size_t, std::size_t, int) { ++calls; });
    ASSERT_EQ(calls.load(), 4);
  }
  const ThreadPool never_used(4);
}

}  // namespace
}  // namespace mla::base
