#include "learning/training/split.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::training {
namespace {

using catalog::EventType;
using testing::ElementsAre;

constexpr base::UnixMillis kDay = base::kMillisPerDay;

TEST(SplitAt, HoldsOutWhatWasFirstHeardFromTheCutOn) {
  DatasetBuilder builder(true);
  builder.add_event("u", "a", EventType::kListen, 1, 10);
  builder.add_event("u", "a", EventType::kListen, 1, 90);  // heard again after the cut: not new
  builder.add_event("u", "b", EventType::kListen, 1, 50);
  builder.add_event("u", "c", EventType::kListen, 1, 49);
  builder.add_event("u", "d", EventType::kListen, 1, {});
  const models::Holdout split = split_at(builder.build(), 50);
  EXPECT_THAT(split.held.columns, ElementsAre(1));
  EXPECT_THAT(split.rest.interactions.columns, ElementsAre(0, 2, 3));
  EXPECT_THAT(split.rest.times, ElementsAre(50, 49, 0));
}

// `users` listeners with ten items each; the last `fresh` of them come in the last 30 days of a year.
Dataset timed(int users, int fresh) {
  DatasetBuilder builder(true);
  for (int user = 0; user < users; ++user) {
    for (int i = 0; i < 10; ++i) {
      const base::UnixMillis day = i >= 10 - fresh ? 365 - i : 100 + i;
      builder.add_event(std::to_string(user), std::to_string(i), EventType::kListen, 1, day * kDay);
    }
  }
  return builder.build();
}

TEST(MakeValidation, TakesTheLastThirtyDaysOfTimedData) {
  const Validation validation = make_validation(timed(60, 2), 1);
  EXPECT_TRUE(validation.timed);
  EXPECT_EQ(validation.split.held.columns.size(), 120U);
  for (const base::UnixMillis time : validation.split.rest.times) EXPECT_LT(time, 336 * kDay);
}

TEST(MakeValidation, FallsBackToAShareWhenThoseDaysAreTooThinOrTooThick) {
  EXPECT_FALSE(make_validation(timed(20, 2), 1).timed);
  EXPECT_FALSE(make_validation(timed(60, 9), 1).timed);
  EXPECT_EQ(make_validation(timed(20, 2), 1).split.held.columns.size(), 40U);
}

TEST(MakeValidation, OfUntimedDataIsAShareOfEachUser) {
  DatasetBuilder builder(true);
  for (int i = 0; i < 20; ++i) builder.add_event("u", std::to_string(i), EventType::kListen, 1, {});
  const Validation validation = make_validation(builder.build(), 1);
  EXPECT_FALSE(validation.timed);
  EXPECT_EQ(validation.split.held.columns.size(), 4U);
}

}  // namespace
}  // namespace mla::training
