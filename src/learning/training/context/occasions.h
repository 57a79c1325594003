#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/base/clock.h"

namespace mla::training {

// An occasion is a part of the day on a day of the week, of local time: morning 5-11, noon 11-14, afternoon 14-18,
// evening 18-23, night 23-5. The day begins at five: one o'clock on Saturday belongs to Friday night, as people say it.
inline constexpr int kDayparts = 5;
inline constexpr int kWeekdays = 7;
inline constexpr int kOccasions = kDayparts * kWeekdays;

// Some of them; bit = 5 · days since Monday + part of the day.
using Occasions = std::bitset<kOccasions>;

// In [0, kOccasions). `local` is the time in milliseconds with the offset from UTC added.
int occasion_of(base::UnixMillis local);

// What two English words name ("evening"; "friday", "weekday", "weekend"); a word that is not there names all.
// No occasion at all if a word is unknown.
Occasions occasions_of(std::optional<std::string_view> time_of_day, std::optional<std::string_view> day_of_week);

}  // namespace mla::training
