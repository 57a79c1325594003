#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mla::security {

// How often one caller may do something: `per_minute` (above 0) for ever, and `burst` (0 or more) more at once.
struct RateLimit {
  double per_minute = 1000;
  double burst = 50;
};

// What a limiter says of one request. Times are in seconds.
struct RateDecision {
  bool allowed = true;
  std::int64_t remaining = 0;  // so many more would be allowed at once
  double full_after = 0;       // until all that is allowed at once is there again
  double retry_after = 0;      // until the next one is allowed; 0 where this one was
};

// The generic cell rate algorithm (ITU-T I.371, virtual scheduling) of one limit, in ticks of some clock. Of a caller
// it keeps one number, the time at which the bucket would be full again: so far ahead of now it is, and every request
// that is allowed moves it on by `interval`.
struct Gcra {
  Gcra(const RateLimit& limit, double ticks_per_second);
  // What becomes of a request before which the bucket was full `ahead` ticks from now (0 or more).
  RateDecision decide(std::int64_t ahead) const;

  double ticks_per_second;
  std::int64_t interval;   // ticks that one request costs, at least 1
  std::int64_t tolerance;  // as far ahead a request is still allowed
};

// Counts requests of callers; who a caller is, the name says. The port behind which servers may share their counts.
// Thread-safe.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;
  // Counts one request of `caller`, unless it is refused. A name belongs to one limit for ever.
  virtual RateDecision take(std::string_view caller, const RateLimit& limit) = 0;
};

// The counts of one process.
//
// The table has a fixed size. Where it has no room it forgets who has used least; who is being refused is the last to
// be forgotten. Places are drawn by a keyed hash, so that nobody can aim at the place of another.
class MemoryRateLimiter final : public RateLimiter {
 public:
  // Nanoseconds of a clock that never goes back.
  using Clock = std::function<std::int64_t()>;
  static constexpr std::size_t kCallers = 65'536;  // a MiB

  // `callers` is rounded up to a multiple of 8.
  explicit MemoryRateLimiter(std::size_t callers = kCallers, Clock clock = steady_nanoseconds);

  RateDecision take(std::string_view caller, const RateLimit& limit) override;

  static std::int64_t steady_nanoseconds();

 private:
  struct Place {
    std::uint64_t caller = 0;  // its hash
    std::int64_t full_at = 0;  // Gcra's number; in the past: as if never seen
  };
  static constexpr std::size_t kWays = 8;
  using Row = std::array<Place, kWays>;

  Place& place_of(std::uint64_t caller);

  const Clock clock_;
  const std::string hash_key_;
  std::mutex mutex_;
  std::vector<Row> rows_;  // guarded by mutex_
};

}  // namespace mla::security
