#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/cache/shared_tier.h"
#include "operations/security/rate_limiter.h"

namespace mla::redis {

class Link;

struct Options {
  std::string scope;       // whose data they are: part of every key
  double timeout = 0.002;  // seconds that one question may take
  double retry = 1;        // seconds between attempts to reach a server that is away
};

// A Redis server (5 or newer), which servers of one installation share and which may be away at any time: no question
// takes longer than the time-out, and after three in a row without an answer, or when it cannot be connected to, none
// is asked (a circuit breaker), until a thread in the background has reached the server again. Thread-safe.
class Redis {
 public:
  // Waits a quarter of a second at most for the server, and goes on without. Errors: those of the URL alone,
  // redis://user:password@host:port/database or redis+unix:///path?db=database; kUnsupported for rediss://.
  static base::Result<std::unique_ptr<Redis>> open(std::string_view url, const Options& options);
  ~Redis();

  // Lives as long as this.
  cache::SharedTier& answers() { return *answers_; }
  // Counts requests for all servers together, by the clock of Redis; while it is away, `alone` counts those of this
  // one. This must outlive it.
  std::unique_ptr<security::RateLimiter> limiter(std::unique_ptr<security::RateLimiter> alone) const;

 private:
  Redis(std::unique_ptr<Link> link, std::string prefix);

  const std::unique_ptr<Link> link_;
  const std::string prefix_;  // of every key
  const std::unique_ptr<cache::SharedTier> answers_;
};

}  // namespace mla::redis
