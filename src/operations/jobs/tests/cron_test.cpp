// Times of cron expressions, worked out by hand with a calendar: 1 January 2024 was a Monday, 29 November 2026 is a
// Sunday. Berlin is an hour ahead of UTC and two in summer: 2026 from 29 March 02:00 (clocks jump to 03:00, at 01:00
// UTC) to 25 October 03:00 (clocks go back to 02:00, at 01:00 UTC).
#include "operations/jobs/cron.h"

#include <gmock/gmock.h>

namespace mla::jobs {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

// "2026-03-29T01:00" in UTC.
std::string text_of(base::UnixMillis time) { return base::format_time(time).substr(0, 16); }

std::vector<std::string> times(std::string_view expression, std::string_view after, int count,
                               std::string_view zone = "UTC") {
  const CronTimes cron = CronTimes::parse(expression, zone).value();
  base::UnixMillis time = base::parse_time(after).value();
  std::vector<std::string> found;
  for (int i = 0; i < count; ++i) {
    time = cron.next_after(time).value();
    found.push_back(text_of(time));
  }
  return found;
}

base::Error refused(std::string_view expression, std::string_view zone = "UTC") {
  const auto cron = CronTimes::parse(expression, zone);
  return cron.ok() ? base::Error{ErrorCode::kInternal, "accepted"} : cron.error();
}

TEST(Cron, ANumberOrAStarInEachField) {
  EXPECT_THAT(times("0 2 * * *", "2026-11-29T01:59:59.999Z", 2), ElementsAre("2026-11-29T02:00", "2026-11-30T02:00"));
  EXPECT_THAT(times("* * * * *", "2026-12-31T23:58:30Z", 2), ElementsAre("2026-12-31T23:59", "2027-01-01T00:00"));
  EXPECT_THAT(times("7 * * * *", "2026-11-29T22:30Z", 2), ElementsAre("2026-11-29T23:07", "2026-11-30T00:07"));
  EXPECT_THAT(times("0 0 1 1 *", "2026-11-29", 2), ElementsAre("2027-01-01T00:00", "2028-01-01T00:00"));
}

TEST(Cron, TheNextTimeIsAfterTheGivenOneNeverAtIt) {
  EXPECT_THAT(times("0 2 * * *", "2026-11-29T02:00Z", 1), ElementsAre("2026-11-30T02:00"));
  EXPECT_THAT(times("0 2 * * *", "2026-11-29T02:00:00.001Z", 1), ElementsAre("2026-11-30T02:00"));
}

TEST(Cron, RangesStepsAndLists) {
  EXPECT_THAT(times("*/20 6 * * *", "2026-11-29", 4),
              ElementsAre("2026-11-29T06:00", "2026-11-29T06:20", "2026-11-29T06:40", "2026-11-30T06:00"));
  EXPECT_THAT(times("0 9-17/4 * * *", "2026-11-29", 4),
              ElementsAre("2026-11-29T09:00", "2026-11-29T13:00", "2026-11-29T17:00", "2026-11-30T09:00"));
  EXPECT_THAT(times("5,50-52,58 0 * * *", "2026-11-29", 6),
              ElementsAre("2026-11-29T00:05", "2026-11-29T00:50", "2026-11-29T00:51", "2026-11-29T00:52",
                          "2026-11-29T00:58", "2026-11-30T00:05"));
  EXPECT_THAT(times("0 0 */10 * *", "2026-11-29", 4),
              ElementsAre("2026-12-01T00:00", "2026-12-11T00:00", "2026-12-21T00:00", "2026-12-31T00:00"))
      << "steps count from the least value, 1";
  EXPECT_THAT(times("59 23 31 * *", "2026-11-29", 3),
              ElementsAre("2026-12-31T23:59", "2027-01-31T23:59", "2027-03-31T23:59"));
}

TEST(Cron, NamesOfMonthsAndWeekdays) {
  EXPECT_THAT(times("0 0 1 jan,JUL *", "2026-11-29", 2), ElementsAre("2027-01-01T00:00", "2027-07-01T00:00"));
  EXPECT_THAT(times("0 0 * * Mon-Wed", "2026-11-29", 4),
              ElementsAre("2026-11-30T00:00", "2026-12-01T00:00", "2026-12-02T00:00", "2026-12-07T00:00"));
  for (const char* sunday : {"0", "7", "sun"}) {
    EXPECT_THAT(times(std::string("0 0 * * ") + sunday, "2026-11-29", 2),
                ElementsAre("2026-12-06T00:00", "2026-12-13T00:00"));
  }
  for (const char* end_of_week : {"fri-sun", "5-7", "5,6,0"}) {
    EXPECT_THAT(times(std::string("0 0 * * ") + end_of_week, "2026-11-29", 4),
                ElementsAre("2026-12-04T00:00", "2026-12-05T00:00", "2026-12-06T00:00", "2026-12-11T00:00"));
  }
  EXPECT_THAT(times("0 0 1 nov-dec *", "2026-11-29", 2), ElementsAre("2026-12-01T00:00", "2027-11-01T00:00"));
}

TEST(Cron, OfTwoRestrictedDaysEitherIsEnough) {
  // Fridays of December 2026: 4, 11, 18, 25; and the 13th, a Sunday.
  EXPECT_THAT(times("0 0 13 * 5", "2026-12-01", 4),
              ElementsAre("2026-12-04T00:00", "2026-12-11T00:00", "2026-12-13T00:00", "2026-12-18T00:00"));
}

TEST(Cron, AStarWithAStepRestrictsAndBothMustHold) {
  // Odd days that are Mondays: 7, 21 December 2026, then 11 and 25 January 2027.
  EXPECT_THAT(times("0 0 */2 * mon", "2026-12-01", 4),
              ElementsAre("2026-12-07T00:00", "2026-12-21T00:00", "2027-01-11T00:00", "2027-01-25T00:00"));
  EXPECT_THAT(times("0 0 13 * */5", "2026-11-29", 2), ElementsAre("2026-12-13T00:00", "2027-06-13T00:00"))
      << "Sunday or Friday, the 13th";
}

TEST(Cron, The29thOfFebruaryComesInLeapYears) {
  EXPECT_THAT(times("0 0 29 2 *", "2026-11-29", 2), ElementsAre("2028-02-29T00:00", "2032-02-29T00:00"));
  EXPECT_THAT(times("0 0 29 2 *", "2096-03-01", 1), ElementsAre("2104-02-29T00:00")) << "2100 is no leap year";
  EXPECT_THAT(times("0 0 29 2 */7", "2026-11-29", 1), ElementsAre("2032-02-29T00:00")) << "on a Sunday";
}

TEST(Cron, WhatIsReadIsTheClockOfTheZone) {
  EXPECT_THAT(times("0 2 * * *", "2026-11-29", 1, "Europe/Berlin"), ElementsAre("2026-11-29T01:00"));
  EXPECT_THAT(times("0 2 * * *", "2026-07-01", 1, "Europe/Berlin"), ElementsAre("2026-07-02T00:00"));
  EXPECT_THAT(times("0 2 * * *", "2026-11-29", 1, "Asia/Kathmandu"), ElementsAre("2026-11-29T20:15")) << "+05:45";
  EXPECT_THAT(times("0 0 1 * *", "2026-11-30T20:00Z", 1, "Asia/Tokyo"), ElementsAre("2026-12-31T15:00"));
  EXPECT_THAT(times("0 20 * * mon", "2026-11-29", 1, "America/Los_Angeles"), ElementsAre("2026-12-01T04:00"))
      << "a Monday evening there";
}

TEST(Cron, ATimeThatClocksJumpOverComesRightAfterTheJump) {
  EXPECT_THAT(times("30 2 * * *", "2026-03-28T00:00Z", 3, "Europe/Berlin"),
              ElementsAre("2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"));
  EXPECT_THAT(times("*/20 2,3 * * *", "2026-03-29T00:00Z", 4, "Europe/Berlin"),
              ElementsAre("2026-03-29T01:00", "2026-03-29T01:20", "2026-03-29T01:40", "2026-03-30T00:00"))
      << "what falls on one moment comes once";
}

TEST(Cron, ATimeThatClocksShowTwiceComesTheFirstTimeAlone) {
  EXPECT_THAT(times("30 2 * * *", "2026-10-24T12:00Z", 2, "Europe/Berlin"),
              ElementsAre("2026-10-25T00:30", "2026-10-26T01:30"));
  EXPECT_THAT(times("30 2 * * *", "2026-10-25T00:45Z", 1, "Europe/Berlin"), ElementsAre("2026-10-26T01:30"))
      << "also when asked between the two";
  EXPECT_THAT(times("0 * * * *", "2026-10-24T23:30Z", 3, "Europe/Berlin"),
              ElementsAre("2026-10-25T00:00", "2026-10-25T02:00", "2026-10-25T03:00"));
}

TEST(Cron, ADayThatAZoneLeftOutComesAtTheNextMinuteThere) {
  // Samoa crossed the date line: after 29 December 2011 came the 31st, at 10:00 UTC of the 30th.
  EXPECT_THAT(times("0 12 * * *", "2011-12-29T12:00Z", 3, "Pacific/Apia"),
              ElementsAre("2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"));
}

TEST(Cron, BlanksAroundFieldsDoNotMatter) {
  EXPECT_THAT(times("  0\t2  * * * ", "2026-11-29", 1), ElementsAre("2026-11-29T02:00"));
}

TEST(Cron, WhatIsWrongIsNamedWithItsField) {
  EXPECT_THAT(refused("0 2 * *").message, HasSubstr("has 4 fields"));
  EXPECT_THAT(refused("").message, HasSubstr("has 0 fields"));
  EXPECT_THAT(refused("0 2 * * * *").message, HasSubstr("has 6 fields"));
  EXPECT_THAT(refused("60 2 * * *").message, HasSubstr("'60' is no minute"));
  EXPECT_THAT(refused("0 24 * * *").message, HasSubstr("'24' is no hour"));
  EXPECT_THAT(refused("0 0 0 * *").message, HasSubstr("'0' is no day of the month"));
  EXPECT_THAT(refused("0 0 1 13 *").message, HasSubstr("'13' is no month: *, 1-12 or jan-dec"));
  EXPECT_THAT(refused("0 0 * * 8").message, HasSubstr("'8' is no weekday"));
  EXPECT_THAT(refused("0 0 * mon *").message, HasSubstr("'mon' is no month"));
}

TEST(Cron, ElementsThatMeanNothingAreRefused) {
  for (const char* minute :
       {"",     ",",  "1,", "5-",    "-5", "5-3", "1-2-3", "5/10", "*/0", "*/-1",
        "*/60", "*/", "/5", "1/2/3", "+1", "1.5", "0x1",   "?",    "**",  "99999999999999999999"}) {
    const base::Error error = refused(std::string(minute) + (*minute == 0 ? ", 2 * * *" : " 2 * * *"));
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << minute;
    EXPECT_THAT(error.message, HasSubstr("is no minute")) << minute;
  }
}

TEST(Cron, DaysThatNeverComeAreRefused) {
  for (const char* never : {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30 feb *"})
    EXPECT_THAT(refused(never).message, HasSubstr("never come")) << never;
  EXPECT_TRUE(CronTimes::parse("0 0 30 2 mon", "UTC").ok()) << "Mondays in February do";
}

TEST(Cron, AnUnknownZoneIsNamed) {
  for (const char* zone : {"Europe/Berlim", "", "../../etc/passwd", "CEST+2"}) {
    const base::Error error = refused("0 2 * * *", zone);
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << zone;
    EXPECT_THAT(error.message, HasSubstr("no time zone '" + std::string(zone) + "'"));
  }
}

}  // namespace
}  // namespace mla::jobs
