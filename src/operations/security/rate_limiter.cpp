#include "operations/security/rate_limiter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include <sodium.h>

#include "operations/security/impl/encoding.h"

namespace mla::security {
namespace {

constexpr double kMinute = 60;        // seconds
constexpr double kLongest = 31e6;     // seconds, about a year: sums of its nanoseconds stay far below what 64 bits hold
constexpr double kNanoseconds = 1e9;  // in a second

// SipHash-2-4.
std::uint64_t keyed_hash(std::string_view text, const std::string& key) {
  static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t));
  unsigned char bytes[crypto_shorthash_BYTES];
  crypto_shorthash(bytes, reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                   reinterpret_cast<const unsigned char*>(key.data()));
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes, sizeof hash);
  return hash;
}

}  // namespace

Gcra::Gcra(const RateLimit& limit, double ticks_per_second_)
    : ticks_per_second(ticks_per_second_),
      interval(static_cast<std::int64_t>(
          std::clamp(kMinute / limit.per_minute * ticks_per_second, 1.0, kLongest * ticks_per_second))),
      tolerance(static_cast<std::int64_t>(
          std::min(static_cast<double>(interval) * limit.burst, kLongest * ticks_per_second))) {}

RateDecision Gcra::decide(std::int64_t ahead) const {
  const auto seconds = [this](std::int64_t ticks) { return static_cast<double>(ticks) / ticks_per_second; };
  RateDecision decision;
  if (ahead > tolerance) {
    decision.allowed = false;
    decision.full_after = seconds(ahead);
    decision.retry_after = seconds(ahead - tolerance);
    return decision;
  }
  const std::int64_t used = ahead + interval;
  decision.remaining = used > tolerance ? 0 : (tolerance - used) / interval + 1;
  decision.full_after = seconds(used);
  return decision;
}

MemoryRateLimiter::MemoryRateLimiter(std::size_t callers, Clock clock)
    : clock_(std::move(clock)),
      hash_key_(random_bytes(crypto_shorthash_KEYBYTES)),
      rows_(std::max<std::size_t>((callers + kWays - 1) / kWays, 1)) {}

std::int64_t MemoryRateLimiter::steady_nanoseconds() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The caller's own place, or, where it has none, that of its row whose bucket is fullest. REQUIRES: the lock.
MemoryRateLimiter::Place& MemoryRateLimiter::place_of(std::uint64_t caller) {
  Row& row = rows_[caller % rows_.size()];
  const auto own = std::ranges::find(row, caller, &Place::caller);
  if (own != row.end()) return *own;
  Place& taken = *std::ranges::min_element(row, {}, &Place::full_at);
  taken = {caller, 0};
  return taken;
}

RateDecision MemoryRateLimiter::take(std::string_view caller, const RateLimit& limit) {
  const Gcra gcra(limit, kNanoseconds);
  const std::uint64_t hash = keyed_hash(caller, hash_key_);
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_();
  Place& place = place_of(hash);
  const std::int64_t full_at = std::max(place.full_at, now);
  const RateDecision decision = gcra.decide(full_at - now);
  if (decision.allowed) place.full_at = full_at + gcra.interval;
  return decision;
}

}  // namespace mla::security
