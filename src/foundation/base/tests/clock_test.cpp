#include "foundation/base/clock.h"

#include <limits>

#include <gtest/gtest.h>

namespace mla::base {
namespace {

// 2024-05-01T12:00:00Z
constexpr UnixMillis kNoon = 1'714'564'800'000;

struct TimeCase {
  const char* text;
  UnixMillis expected;
};

class ParseTime : public testing::TestWithParam<TimeCase> {};

TEST_P(ParseTime, Reads) {
  const Result<UnixMillis> time = parse_time(GetParam().text);
  ASSERT_TRUE(time.ok()) << time.error().message;
  EXPECT_EQ(*time, GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Numbers, ParseTime,
                         testing::Values(TimeCase{"0", 0}, TimeCase{"1714564800", kNoon},
                                         TimeCase{"1714564800.25", kNoon + 250}, TimeCase{"1714564800000", kNoon},
                                         TimeCase{"1714564800001", kNoon + 1},
                                         TimeCase{"1714564800000000", kNoon},      // microseconds
                                         TimeCase{" 1714564800\r", kNoon},         // white space around
                                         TimeCase{"1.7145648e9", kNoon},           // as spreadsheets write it
                                         TimeCase{"1714564800.001", kNoon + 1}));  // not 1714564800000.999…

INSTANTIATE_TEST_SUITE_P(
    Iso, ParseTime,
    testing::Values(TimeCase{"1970-01-01", 0}, TimeCase{"2024-05-01", kNoon - 12 * 3'600'000},
                    TimeCase{"2024-05-01 12:00", kNoon}, TimeCase{"2024-05-01T12:00:00Z", kNoon},
                    TimeCase{"2024-05-01t12:00:00z", kNoon}, TimeCase{"2024-05-01T12:00:00.250Z", kNoon + 250},
                    TimeCase{"2024-05-01T12:00:00,5", kNoon + 500},
                    TimeCase{"2024-05-01T12:00:00.123456789Z", kNoon + 123},
                    TimeCase{"2024-05-01T14:00:00+02:00", kNoon}, TimeCase{"2024-05-01T14:00:00+0200", kNoon},
                    TimeCase{"2024-05-01T14:00+02", kNoon}, TimeCase{"2024-05-01 06:30:00 -05:30", kNoon},
                    TimeCase{"2024-02-29", 1'709'164'800'000},
                    TimeCase{"2199-12-31T23:59:59.999Z", 7'258'118'399'999}));

class RefusedTime : public testing::TestWithParam<const char*> {};

TEST_P(RefusedTime, SaysWhatItReads) {
  const Result<UnixMillis> time = parse_time(GetParam());
  ASSERT_FALSE(time.ok()) << *time;
  EXPECT_EQ(time.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(time.error().message.find("ISO 8601"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, RefusedTime,
                         testing::Values("", " ", "yesterday", "nan", "inf", "-1", "-1714564800", "1e300", "2024-13-01",
                                         "2024-00-01", "2024-02-30", "2023-02-29", "2024-05-01T", "2024-05-01T24:00",
                                         "2024-05-01T12:60", "2024-05-01T12:00:61", "2024-05-01T12:00:00.",
                                         "2024-05-01T12", "2024-05-01X12:00", "2024-05-01T12:00:00+2",
                                         "2024-05-01T12:00:00+24:00", "2024-05-01T12:00:00+02:",
                                         "2024-05-01T12:00:00Zjunk", "01/05/2024", "2024-5-1", "1969-12-31T23:59:59Z",
                                         "2200-01-01", "9999-01-01", "20240501T120000Z"));

TEST(RefusedTimeMessage, CutsLongInput) {
  const Result<UnixMillis> time = parse_time(std::string(1'000'000, 'x'));
  ASSERT_FALSE(time.ok());
  EXPECT_LT(time.error().message.size(), 200u);
}

TEST(ParseTimeMagnitude, SecondsEndWhereMillisecondsBegin) {
  EXPECT_FALSE(parse_time("99999999999").ok());                // seconds of the year 5138
  EXPECT_EQ(*parse_time("100000000000"), 100'000'000'000);     // milliseconds of 1973
  EXPECT_FALSE(parse_time("99999999999999").ok());             // milliseconds of the year 5138
  EXPECT_EQ(*parse_time("100000000000000"), 100'000'000'000);  // microseconds of 1973
}

TEST(FormatTime, IsRfc3339InUtc) {
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(kNoon + 7), "2024-05-01T12:00:00.007Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(7'258'118'399'999), "2199-12-31T23:59:59.999Z");
}

TEST(FormatTime, ReadsBack) {
  for (UnixMillis time : {UnixMillis{1}, kNoon, kNoon + kMillisPerDay * 60 - 1, UnixMillis{951'782'400'000}}) {
    EXPECT_EQ(*parse_time(format_time(time)), time);
  }
}

TEST(ManualClock, GoesWhereItIsSet) {
  ManualClock clock(kNoon);
  const Clock& seen = clock;
  EXPECT_EQ(seen.now(), kNoon);
  clock.advance(kMillisPerDay);
  EXPECT_EQ(seen.now(), kNoon + 86'400'000);
  clock.set(5);
  EXPECT_EQ(seen.now(), 5);
}

TEST(SystemClock, IsInOurTime) {
  const UnixMillis now = SystemClock().now();
  EXPECT_GT(now, *parse_time("2024-01-01"));
  EXPECT_LT(now, *parse_time("2150-01-01"));
}

TEST(MonotonicSeconds, NeverGoesBack) {
  double last = monotonic_seconds();
  for (int i = 0; i < 1000; ++i) {
    const double now = monotonic_seconds();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace mla::base
