#include "operations/jobs/cron.h"

#include <array>
#include <chrono>
#include <span>
#include <vector>

#include <date/tz.h>
#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::jobs {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kMinutesOfDay = 24 * 60;
// 29 February on a given weekday comes after 40 years at the latest (across 2100).
constexpr int kDaysAhead = 41 * 366;
constexpr base::UnixMillis kSomeDay = 1'700'000'000'000;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> names;  // the first stands for `least`
};
constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59, {}},
                                           {"hour", 0, 23, {}},
                                           {"day of the month", 1, 31, {}},
                                           {"month", 1, 12, kMonths},
                                           {"weekday", 0, 7, kWeekdays}}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words = split(text, " \t");
  std::erase(words, std::string_view());
  return words;
}

std::optional<int> value_of(std::string_view word, const Field& field) {
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (base::to_lower(word) == field.names[i]) return field.least + static_cast<int>(i);
  }
  const bool digits = !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
  const auto number = digits ? base::parse_integer(word) : std::nullopt;
  if (!number || *number < field.least || *number > field.most) return std::nullopt;
  return static_cast<int>(*number);
}

// Sets the values of one element of a list: `*`, `a`, `a-b`, and `*/n` or `a-b/n`.
bool add_element(std::string_view element, const Field& field, std::bitset<60>& values) {
  const std::vector<std::string_view> halves = split(element, "/");
  if (halves.size() > 2) return false;
  int first = field.least;
  int last = field.most;
  if (halves[0] != "*") {
    const std::vector<std::string_view> ends = split(halves[0], "-");
    if (ends.size() > 2 || (ends.size() == 1 && halves.size() == 2)) return false;
    const auto from = value_of(ends.front(), field);
    auto to = value_of(ends.back(), field);
    if (from && to && *to < *from && base::to_lower(ends.back()) == kWeekdays[0]) to = 7;  // fri-sun
    if (!from || !to || *to < *from) return false;
    first = *from;
    last = *to;
  }
  std::int64_t step = 1;
  if (halves.size() == 2) {
    const auto number = base::parse_integer(halves[1]);
    if (!number || *number < 1 || *number > field.most) return false;
    step = *number;
  }
  for (std::int64_t value = first; value <= last; value += step) values.set(static_cast<std::size_t>(value));
  return true;
}

Result<std::bitset<60>> parse_field(std::string_view text, const Field& field) {
  std::bitset<60> values;
  for (const std::string_view element : split(text, ",")) {
    if (add_element(element, field, values)) continue;
    const std::string names =
        field.names.empty() ? "" : fmt::format(" or {}-{}", field.names.front(), field.names.back());
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no {}: *, {}-{}{}, a range a-b, a step */n or a-b/n, or a list of these with "
                             "commas between",
                             element, field.name, field.least, field.most, names)};
  }
  return values;
}

template <std::size_t N>
std::bitset<N> first_bits(const std::bitset<60>& values) {
  std::bitset<N> bits;
  for (std::size_t i = 0; i < N; ++i) bits[i] = values[i];
  return bits;
}

Result<const date::time_zone*> find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    try {
      date::get_tzdb();
    } catch (const std::exception& missing) {
      return Error{ErrorCode::kIo,
                   fmt::format("this machine's time zones cannot be read; install tzdata ({})", missing.what())};
    }
  }
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("there is no time zone '{}': write it as Europe/Berlin or UTC", name)};
}

}  // namespace

Result<CronTimes> CronTimes::parse(std::string_view expression, std::string_view zone) {
  const std::vector<std::string_view> words = words_of(expression);
  if (words.size() != kFields.size()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' has {} fields: a cron expression has five, minute, hour, day of the month, month "
                             "and weekday, as in '0 2 * * *' for two o'clock every day",
                             expression, words.size())};
  }
  std::array<std::bitset<60>, kFields.size()> values;
  for (std::size_t i = 0; i < words.size(); ++i) {
    MLA_ASSIGN(values[i], parse_field(words[i], kFields[i]));
  }
  CronTimes times;
  times.minutes_ = values[0];
  times.hours_ = first_bits<24>(values[1]);
  times.days_ = first_bits<32>(values[2]);
  times.months_ = first_bits<13>(values[3]);
  times.weekdays_ = first_bits<7>(values[4]);
  if (values[4][7]) times.weekdays_.set(0);
  times.both_days_ = words[2].front() == '*' || words[4].front() == '*';
  MLA_ASSIGN(times.zone_, find_zone(zone));
  if (!times.next_after(kSomeDay)) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' names days that never come", expression)};
  }
  return times;
}

bool CronTimes::on_day(std::int64_t days) const {
  const date::local_days day{date::days(days)};
  const date::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool of_month = days_[static_cast<unsigned>(date.day())];
  const bool of_week = weekdays_[date::weekday(day).c_encoding()];
  return both_days_ ? of_month && of_week : of_month || of_week;
}

std::optional<base::UnixMillis> CronTimes::next_after(base::UnixMillis time) const {
  const date::sys_seconds after =
      date::floor<seconds>(date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(time)));
  const date::local_seconds begin = zone_->to_local(after);
  const auto first_day = date::floor<date::days>(begin);
  // Moments never fall while the times that clocks show rise, so that the first one that is late enough is the first.
  for (int ahead = 0; ahead < kDaysAhead; ++ahead) {
    const date::local_days day = first_day + date::days(ahead);
    if (!on_day(day.time_since_epoch().count())) continue;
    const int from = ahead == 0 ? static_cast<int>(date::floor<minutes>(begin - day).count()) : 0;
    for (int minute = from; minute < kMinutesOfDay; ++minute) {
      if (!hours_[static_cast<std::size_t>(minute / 60)] || !minutes_[static_cast<std::size_t>(minute % 60)]) continue;
      const date::local_seconds shown = day + minutes(minute);
      const date::local_info info = zone_->get_info(shown);
      const date::sys_seconds moment = info.result == date::local_info::nonexistent
                                           ? info.first.end
                                           : date::sys_seconds(shown.time_since_epoch() - info.first.offset);
      const base::UnixMillis at = std::chrono::milliseconds(moment.time_since_epoch()).count();
      if (at > time) return at;
    }
  }
  return std::nullopt;
}

}  // namespace mla::jobs
