#include "operations/security/call_limits.h"

#include <string>

namespace mla::security {
namespace {

std::string caller(std::string_view kind, std::string_view who) {
  std::string name(kind);
  name += ':';
  name += who;
  return name;
}

std::string caller(std::string_view kind, const base::IpAddress& address) { return caller(kind, address.household()); }

}  // namespace

CallLimits::CallLimits(const config::RateLimitingSettings& settings, std::unique_ptr<RateLimiter> limiter)
    : requests_{static_cast<double>(settings.requests_per_minute), static_cast<double>(settings.burst_requests)},
      // The attempts of a minute may come at once: people mistype three times in ten seconds.
      logins_{static_cast<double>(settings.logins_per_minute), static_cast<double>(settings.logins_per_minute - 1)},
      limiter_(std::move(limiter)) {}

RateDecision CallLimits::request_of(std::string_view principal) {
  return limiter_->take(caller("principal", principal), requests_);
}

RateDecision CallLimits::request_from(const base::IpAddress& address) {
  return limiter_->take(caller("address", address), requests_);
}

RateDecision CallLimits::login(std::string_view name, const base::IpAddress& from) {
  const RateDecision decision = limiter_->take(caller("login from", from), logins_);
  return decision.allowed ? limiter_->take(caller("login as", name), logins_) : decision;
}

}  // namespace mla::security
