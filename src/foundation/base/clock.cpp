#include "foundation/base/clock.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::base {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr UnixMillis kYear2200 = 7'258'118'400'000;

// Reads exactly `count` digits at the front of `text` and removes them.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// The offset "Z", "+02:00", "+0200" or "+02" in minutes; nothing left over is zero.
std::optional<int> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hours = take_digits(text, 2);
  const bool colon = take(text, ':');
  const auto minutes = text.empty() && !colon ? std::optional<int>(0) : take_digits(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

std::optional<UnixMillis> parse_iso(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  UnixMillis time = std::chrono::duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
  if (text.empty()) return time;

  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  time += (*hour * 60 + *minute) * 60'000LL;
  if (take(text, ':')) {
    const auto second = take_digits(text, 2);
    if (!second || *second > 60) return std::nullopt;
    time += *second * 1000LL;
    if (take(text, '.') || take(text, ',')) {
      UnixMillis unit = 100;
      bool any = false;
      while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        time += (text.front() - '0') * unit;
        unit /= 10;
        any = true;
        text.remove_prefix(1);
      }
      if (!any) return std::nullopt;
    }
  }
  take(text, ' ');
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return time - *offset * 60'000LL;
}

std::optional<UnixMillis> parse_number_time(std::string_view text) {
  const auto number = parse_double(text);
  if (!number || *number < 0) return std::nullopt;
  const double scale = *number < 1e11 ? 1000.0 : *number < 1e14 ? 1.0 : 1e-3;
  const double millis = *number * scale;
  if (millis >= static_cast<double>(kYear2200)) return std::nullopt;
  return static_cast<UnixMillis>(std::floor(millis + 1e-6));
}

}  // namespace

UnixMillis SystemClock::now() const {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string format_time(UnixMillis time) {
  const std::chrono::sys_time<milliseconds> point{milliseconds(time)};
  const auto day = std::chrono::floor<days>(point);
  const year_month_day date{day};
  const UnixMillis rest = (point - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3'600'000,
                     rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
}

Result<UnixMillis> parse_time(std::string_view text) {
  text = trim(text);
  auto time = parse_number_time(text);
  if (!time) time = parse_iso(text);
  if (!time || *time < 0 || *time >= kYear2200) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("timestamp '{}' is not seconds or milliseconds since 1970 nor ISO 8601", text.substr(0, 40))};
  }
  return *time;
}

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace mla::base
