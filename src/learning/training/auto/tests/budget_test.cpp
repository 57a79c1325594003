#include "learning/training/auto/budget.h"

#include <limits>

#include <gtest/gtest.h>

namespace mla::training {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();

Watch::Reason wait_for(const Watch& watch) {
  while (!watch.flag().cancelled()) std::this_thread::yield();
  return watch.reason();
}

TEST(Budget, IsSpentAsTheClockGoes) {
  double now = 100;
  const Budget budget(60, [&now] { return now; });
  EXPECT_EQ(budget.total(), 60);
  EXPECT_EQ(budget.left(), 60);
  now = 145;
  EXPECT_EQ(budget.spent(), 45);
  EXPECT_EQ(budget.left(), 15);
  now = 170;
  EXPECT_EQ(budget.left(), -10);
}

TEST(Watch, RaisesItsFlagWhenTheTimeIsOver) {
  const base::CancelFlag never;
  EXPECT_EQ(wait_for(Watch(never, 0.02, 0)), Watch::Reason::kTime);
  EXPECT_FALSE(never.cancelled());
}

TEST(Watch, RaisesItsFlagWhenTheParentsIsRaised) {
  base::CancelFlag parent;
  const Watch watch(parent, kForever, 0);
  parent.cancel();
  EXPECT_EQ(wait_for(watch), Watch::Reason::kCancelled);
}

TEST(Watch, RaisesItsFlagAboveTheMemoryBudget) {
  const base::CancelFlag never;
  EXPECT_EQ(wait_for(Watch(never, kForever, 1)), Watch::Reason::kMemory);
}

TEST(Watch, LeavesItsFlagDownWithinTheLimits) {
  const base::CancelFlag never;
  const Watch watch(never, kForever, std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(watch.flag().cancelled());
  EXPECT_EQ(watch.reason(), Watch::Reason::kNone);
}

TEST(Budget, OfMemoryIsALimit) { EXPECT_GT(default_memory_bytes(), std::int64_t{64} << 20); }

}  // namespace
}  // namespace mla::training
