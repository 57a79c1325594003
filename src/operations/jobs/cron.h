#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"

namespace date {
class time_zone;
}

namespace mla::jobs {

// When something is done again and again: a cron expression, read on the clocks of a time zone.
//
// The expression has the five fields of crontab(5): minute (0-59), hour (0-23), day of the month (1-31), month (1-12 or
// jan-dec) and weekday (0-7 or sun-sat; 0 and 7 are Sunday), each of them `*`, a number or name, a range `a-b`, a step
// `*/n` or `a-b/n`, or a list of these with commas between. If neither day field begins with `*`, either of them is
// enough; else both must hold.
//
// Where clocks are set forward, a time that they jump over comes at the first minute after the jump; where they are set
// back, a time that they show twice comes the first time alone. Times that fall on one moment come once.
class CronTimes {
 public:
  // `zone` is a name of the IANA time zone database ("Europe/Berlin", "UTC"). kInvalidArgument says which field or
  // name is off, also if the expression names days that do not exist; kIo if the machine has no time zones.
  static base::Result<CronTimes> parse(std::string_view expression, std::string_view zone);

  // The first time after `time`; nothing if none comes within some decades. Thread-safe.
  std::optional<base::UnixMillis> next_after(base::UnixMillis time) const;

 private:
  CronTimes() = default;
  bool on_day(std::int64_t days) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;                // 0 is Sunday
  bool both_days_ = true;                  // a day must be of `days_` and of `weekdays_`; else of one of them
  const date::time_zone* zone_ = nullptr;  // of the process's table, which is never reloaded
};

}  // namespace mla::jobs
