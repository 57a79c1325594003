#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "foundation/base/result.h"

namespace mla::base {

// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMillis = std::int64_t;

inline constexpr UnixMillis kMillisPerSecond = 1000;
inline constexpr UnixMillis kMillisPerDay = 86'400'000;

// The wall clock, injected so that tests can set it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMillis now() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMillis now() const override;
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMillis start) : now_(start) {}
  UnixMillis now() const override { return now_.load(); }
  void set(UnixMillis now) { now_.store(now); }
  void advance(UnixMillis by) { now_.fetch_add(by); }

 private:
  std::atomic<UnixMillis> now_;
};

// "2024-05-01T12:00:00.250Z" (RFC 3339, always UTC with milliseconds).
std::string format_time(UnixMillis time);

// Reads seconds, milliseconds or microseconds since 1970 (told apart by magnitude: below 1e11 seconds, below 1e14
// milliseconds, else microseconds), or ISO 8601 / RFC 3339 ("2024-05-01", "2024-05-01 12:00",
// "2024-05-01T12:00:00.5+02:00"; no offset means UTC). Valid are the years 1970 to 2200.
Result<UnixMillis> parse_time(std::string_view text);

// Seconds of a clock that never goes back; for durations only.
double monotonic_seconds();

}  // namespace mla::base
