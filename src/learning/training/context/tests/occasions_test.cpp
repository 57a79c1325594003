#include "learning/training/context/occasions.h"

#include <gtest/gtest.h>

namespace mla::training {
namespace {

constexpr int kFriday = 4;

base::UnixMillis at(const char* time) { return base::parse_time(time).value(); }

int occasion(int weekday, int part) { return weekday * kDayparts + part; }

TEST(Occasions, PartsOfTheDayBeginOnTheHour) {
  EXPECT_EQ(occasion_of(at("2026-01-09T05:00:00Z")), occasion(kFriday, 0));
  EXPECT_EQ(occasion_of(at("2026-01-09T10:59:59Z")), occasion(kFriday, 0));
  EXPECT_EQ(occasion_of(at("2026-01-09T11:00:00Z")), occasion(kFriday, 1));
  EXPECT_EQ(occasion_of(at("2026-01-09T14:00:00Z")), occasion(kFriday, 2));
  EXPECT_EQ(occasion_of(at("2026-01-09T18:00:00Z")), occasion(kFriday, 3));
  EXPECT_EQ(occasion_of(at("2026-01-09T23:00:00Z")), occasion(kFriday, 4));
}

TEST(Occasions, OneOClockOnSaturdayIsFridayNight) {
  EXPECT_EQ(occasion_of(at("2026-01-10T01:00:00Z")), occasion(kFriday, 4));
  EXPECT_EQ(occasion_of(at("2026-01-10T05:00:00Z")), occasion(kFriday + 1, 0));
}

TEST(Occasions, TimesBefore1970HaveOneToo) {
  EXPECT_EQ(occasion_of(0), occasion(2, 4));  // Thursday 00:00: Wednesday night
  EXPECT_EQ(occasion_of(-base::kMillisPerDay), occasion(1, 4));
  EXPECT_EQ(occasion_of(-30 * base::kMillisPerDay), occasion((1 + 7 * 5 - 29) % 7, 4));
}

TEST(Occasions, WordsNameDaysAndParts) {
  EXPECT_EQ(occasions_of("evening", "friday"), Occasions().set(static_cast<std::size_t>(occasion(kFriday, 3))));
  EXPECT_EQ(occasions_of("evening", {}).count(), 7U);
  EXPECT_EQ(occasions_of({}, "friday").count(), 5U);
  EXPECT_EQ(occasions_of({}, "weekday").count(), 25U);
  EXPECT_EQ(occasions_of({}, "weekend").count(), 10U);
  EXPECT_EQ(occasions_of({}, {}).count(), 35U);
  EXPECT_TRUE(occasions_of("teatime", {}).none());
}

}  // namespace
}  // namespace mla::training
