#pragma once

#include <memory>
#include <string_view>

#include "foundation/base/ip_address.h"
#include "foundation/config/settings.h"
#include "operations/security/rate_limiter.h"

namespace mla::security {

// How often somebody may call, and who somebody is: a principal wherever it calls from, else an address. Thread-safe.
class CallLimits {
 public:
  CallLimits(const config::RateLimitingSettings& settings, std::unique_ptr<RateLimiter> limiter);

  const RateLimit& requests() const { return requests_; }

  // One request of a principal, by its id.
  RateDecision request_of(std::string_view principal);
  // One request of nobody in particular, by IpAddress::household.
  RateDecision request_from(const base::IpAddress& address);
  // One attempt to log in, asked before it costs a hash: of the address, and of the name wherever it is tried from.
  RateDecision login(std::string_view name, const base::IpAddress& from);

 private:
  const RateLimit requests_;
  const RateLimit logins_;
  const std::unique_ptr<RateLimiter> limiter_;
};

}  // namespace mla::security
