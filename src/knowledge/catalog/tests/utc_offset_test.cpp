#include "knowledge/catalog/utc_offset.h"

#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

TEST(UtcOffset, IsReadFromTimesThatSayIt) {
  EXPECT_EQ(utc_offset_in_time("2026-05-01T22:15:00+02:00"), 120);
  EXPECT_EQ(utc_offset_in_time("2026-05-01 22:15-0930"), -570);
  EXPECT_EQ(utc_offset_in_time("2026-05-01T22:15:00.5+05"), 300);
  EXPECT_EQ(utc_offset_in_time("2026-05-01T22:15:00+00:00"), 0);
}

TEST(UtcOffset, IsUnknownWhereNothingIsSaidOfTheLocalTime) {
  for (const char* time : {"2026-05-01T22:15:00Z", "2026-05-01T22:15:00-00:00", "2026-05-01T22:15:00", "2026-05-01",
                           "1777666500", "", "2026-05-01T22:15:00+2", "2026-05-01T22:15:00+99:00", "x+y T+ab"}) {
    EXPECT_EQ(utc_offset_in_time(time), std::nullopt) << time;
  }
}

TEST(UtcOffset, IsKeptInTheContext) {
  EXPECT_EQ(with_utc_offset("", 120), R"({"utc_offset_minutes":120})");
  EXPECT_EQ(with_utc_offset(R"({"user_mood":"calm"})", -60), R"({"user_mood":"calm","utc_offset_minutes":-60})");
  EXPECT_EQ(utc_offset_in_context(with_utc_offset(R"({"user_mood":"calm"})", -60)), -60);
  // What the event itself says is not written over, and what is no object is left alone.
  for (const char* context : {R"({"utc_offset_minutes":30})", "[1]", "no JSON"}) {
    EXPECT_EQ(with_utc_offset(context, 120), context);
  }
}

TEST(UtcOffset, OfAContextThatMakesNoSenseIsUnknown) {
  for (const char* context : {"", "{}", R"({"utc_offset_minutes":"2"})", R"({"utc_offset_minutes":1.5})",
                              R"({"utc_offset_minutes":5000})", R"(["utc_offset_minutes"])", "{utc_offset_minutes"}) {
    EXPECT_EQ(utc_offset_in_context(context), std::nullopt) << context;
  }
}

}  // namespace
}  // namespace mla::catalog
