#pragma once

#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/store/tests/fresh_database.h"
#include "operations/security/security.h"

namespace mla::http {

// A security with one principal of each role, named as the role is, whose own listener is "own-<role>"; their
// passwords are cheap and all alike.
class KnownCallers {
 public:
  static constexpr const char* kPassword = "correct horse battery";
  static constexpr config::RateLimitingSettings kNoLimits{1'000'000'000, 1'000'000'000, 1'000'000};

  // Who asks as fast as a test does is not limited, unless `limits` say so.
  explicit KnownCallers(store::Database& database, const base::Clock& clock,
                        config::RateLimitingSettings limits = kNoLimits,
                        std::unique_ptr<security::RateLimiter> limiter = nullptr)
      : settings_(with(limits)),
        security_(security::Security::open(settings_, database, clock, {1, 8192}, std::move(limiter)).value()) {
    for (const security::Role role : security::kRoles) {
      const std::string name(security::to_string(role));
      tokens_[role] =
          security_->tokens()
              .issue_token(security_->principals().add({name, role, "own-" + name, kPassword}, {}).value(), 60, {})
              .value();
    }
  }

  security::Security& security() { return *security_; }
  // A token, and the header that shows it.
  const std::string& token(security::Role role) const { return tokens_.at(role); }
  std::string header(security::Role role) const { return fmt::format("Authorization: Bearer {}\r\n", token(role)); }

 private:
  static config::Settings with(const config::RateLimitingSettings& limits) {
    config::Settings settings;
    settings.security.rate_limiting = limits;
    return settings;
  }

  const config::Settings settings_;
  std::unique_ptr<security::Security> security_;
  std::map<security::Role, std::string> tokens_;
};

}  // namespace mla::http
