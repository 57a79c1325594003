#include "serving/experiments/assignment.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mla::experiments {
namespace {

base::UserId user(int i) { return base::UserId("listener-" + std::to_string(i)); }

TEST(Assignment, IsTheDocumentedHash) {
  // XXH3-64 of "mixes\nana", "mixes\nbob" and "other\nana": fixed for ever, or listeners change sides with an update.
  EXPECT_EQ(bucket_of("mixes", base::UserId("ana")), 355);
  EXPECT_EQ(bucket_of("mixes", base::UserId("bob")), 9671);
  EXPECT_EQ(bucket_of("other", base::UserId("ana")), 6405);
}

TEST(Assignment, IsUniform) {
  constexpr int kListeners = 100'000;
  constexpr int kParts = 100;
  std::vector<int> counts(kParts);
  for (int i = 0; i < kListeners; ++i) {
    const int bucket = bucket_of("uniform", user(i));
    ASSERT_GE(bucket, 0);
    ASSERT_LT(bucket, kBuckets);
    ++counts[static_cast<std::size_t>(bucket * kParts / kBuckets)];
  }
  double chi_squared = 0;
  for (const int count : counts) {
    const double expected = kListeners / kParts;
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_squared, 148.2) << "99 degrees of freedom: beyond by chance once in 1,000";
}

TEST(Assignment, WhoIsTreatedStaysSoWhenTheShareGrows) {
  for (int i = 0; i < 2000; ++i) {
    bool treated = false;
    for (const int share : {0, 100, 1000, 5000, kBuckets}) {
      const bool now = arm_of("growing", user(i), share) == Arm::kTreatment;
      EXPECT_TRUE(now || !treated) << "listener " << i << " at " << share;
      treated = now;
    }
    EXPECT_TRUE(treated) << "all are treated at last";
    EXPECT_EQ(arm_of("growing", user(i), 0), Arm::kControl);
  }
}

TEST(Assignment, OfTwoExperimentsHaveNothingToDoWithEachOther) {
  constexpr int kListeners = 40'000;
  int both = 0;
  for (int i = 0; i < kListeners; ++i) {
    both += arm_of("one", user(i), 5000) == Arm::kTreatment && arm_of("two", user(i), 5000) == Arm::kTreatment ? 1 : 0;
  }
  EXPECT_NEAR(both, kListeners / 4.0, 4 * std::sqrt(kListeners * .25 * .75));
}

TEST(Assignment, ArmsHaveNames) {
  EXPECT_EQ(to_string(Arm::kControl), "control");
  EXPECT_EQ(to_string(Arm::kTreatment), "treatment");
}

}  // namespace
}  // namespace mla::experiments
