#include "adapters/redis/impl/shared_limiter.h"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "foundation/artifact/digest.h"

namespace mla::redis {
namespace {

constexpr double kMicroseconds = 1e6;  // in a second

// KEYS[1]: the caller; ARGV: Gcra's interval and tolerance. Answers how far ahead of now the bucket was full. No caller
// can be further ahead than by its last request that was allowed: what is, comes from a clock that was put back, or
// from a limit that was another one. Whole numbers up to 2^53 are exact in Lua.
constexpr std::string_view kScript = R"lua(
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = tonumber(redis.call('GET', KEYS[1])) or now
local ahead = math.min(math.max(full - now, 0), tolerance + interval)
if ahead <= tolerance then
  local next = ahead + interval
  redis.call('SET', KEYS[1], string.format('%.0f', now + next), 'PX', string.format('%.0f', math.ceil(next / 1000)))
end
return ahead
)lua";

}  // namespace

security::RateDecision SharedLimiter::take(std::string_view caller, const security::RateLimit& limit) {
  const security::Gcra gcra(limit, kMicroseconds);
  // Names and addresses of people are nothing for a cache, and may be of any length.
  const std::string key = prefix_ + artifact::sha256(std::as_bytes(std::span(caller)));
  const std::optional<Reply> reply =
      link_.ask({"EVAL", kScript, "1", key, std::to_string(gcra.interval), std::to_string(gcra.tolerance)});
  if (!reply || (*reply)->type != REDIS_REPLY_INTEGER || (*reply)->integer < 0) return alone_->take(caller, limit);
  return gcra.decide((*reply)->integer);
}

}  // namespace mla::redis
