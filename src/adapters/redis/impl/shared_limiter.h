#pragma once

#include <memory>
#include <string>

#include "adapters/redis/impl/link.h"
#include "operations/security/rate_limiter.h"

namespace mla::redis {

// security::Gcra with its number in Redis, in microseconds of the clock of Redis: one call of a script a request, which
// nothing can come between. Thread-safe.
class SharedLimiter final : public security::RateLimiter {
 public:
  // `link` must outlive it; `prefix` begins every key; `alone` counts what Redis does not answer.
  SharedLimiter(Link& link, const std::string& prefix, std::unique_ptr<security::RateLimiter> alone)
      : link_(link), prefix_(prefix + "rate:"), alone_(std::move(alone)) {}

  security::RateDecision take(std::string_view caller, const security::RateLimit& limit) override;

 private:
  Link& link_;
  const std::string prefix_;
  const std::unique_ptr<security::RateLimiter> alone_;
};

}  // namespace mla::redis
