#include "learning/training/context/occasions.h"

#include <array>

namespace mla::training {
namespace {

constexpr std::array<std::string_view, kDayparts> kDaypartNames = {"morning", "noon", "afternoon", "evening", "night"};
constexpr std::array<std::string_view, kWeekdays> kDayNames = {"monday", "tuesday",  "wednesday", "thursday",
                                                               "friday", "saturday", "sunday"};
constexpr std::array<int, kDayparts> kEnds = {6, 9, 13, 18, 24};  // hours after the day began
constexpr base::UnixMillis kHour = 3600 * base::kMillisPerSecond;
constexpr base::UnixMillis kDayBegins = 5 * kHour;
constexpr int kDayOfEpoch = 3;  // 1970-01-01 was a Thursday
constexpr int kSaturday = 5;

bool is_day(std::string_view word, int day) {
  if (word == "weekday") return day < kSaturday;
  if (word == "weekend") return day >= kSaturday;
  return word == kDayNames[static_cast<std::size_t>(day)];
}

}  // namespace

int occasion_of(base::UnixMillis local) {
  const base::UnixMillis shifted = local - kDayBegins;
  base::UnixMillis day = shifted / base::kMillisPerDay;
  if (shifted % base::kMillisPerDay < 0) --day;
  const auto hour = static_cast<int>((shifted - day * base::kMillisPerDay) / kHour);
  int part = 0;
  while (hour >= kEnds[static_cast<std::size_t>(part)]) ++part;
  const auto weekday = static_cast<int>(((day + kDayOfEpoch) % kWeekdays + kWeekdays) % kWeekdays);
  return weekday * kDayparts + part;
}

Occasions occasions_of(std::optional<std::string_view> time_of_day, std::optional<std::string_view> day_of_week) {
  Occasions occasions;
  for (int day = 0; day < kWeekdays; ++day) {
    if (day_of_week && !is_day(*day_of_week, day)) continue;
    for (int part = 0; part < kDayparts; ++part) {
      if (time_of_day && *time_of_day != kDaypartNames[static_cast<std::size_t>(part)]) continue;
      occasions.set(static_cast<std::size_t>(day * kDayparts + part));
    }
  }
  return occasions;
}

}  // namespace mla::training
