#pragma once

#include <memory>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/config/settings.h"
#include "foundation/store/database.h"
#include "operations/security/audit_log.h"
#include "operations/security/authenticator.h"
#include "operations/security/call_limits.h"
#include "operations/security/password.h"
#include "operations/security/principals.h"
#include "operations/security/tokens.h"

namespace mla::security {

// Identity and permission of one database, put together. Thread-safe.
class Security {
 public:
  // The tables of this room, brought up to date, without drawing a secret; open() does it too.
  static base::Status make_tables(store::Database& database);
  // Brings the tables up to date and gets the keys ready: those of security.jwt.key_set_file, or the secret of
  // JWT_SECRET_KEY, or, outside of production, one that is drawn and kept in the database. kInvalidArgument says what
  // is missing or too short. `database` and `clock` must outlive this. Requests are counted by `limiter`; without one
  // in this process.
  static base::Result<std::unique_ptr<Security>> open(const config::Settings& settings, store::Database& database,
                                                      const base::Clock& clock, PasswordCost cost = {},
                                                      std::unique_ptr<RateLimiter> limiter = nullptr);

  Principals& principals() { return principals_; }
  Tokens& tokens() { return tokens_; }
  Authenticator& authenticator() { return authenticator_; }
  AuditLog& audit() { return audit_; }
  CallLimits& limits() { return limits_; }

 private:
  Security(const config::Settings& settings, store::Database& database, const base::Clock& clock, PasswordCost cost,
           SigningKeys keys, std::unique_ptr<RateLimiter> limiter);

  PasswordHasher hasher_;
  const SigningKeys keys_;
  AuditLog audit_;
  Principals principals_;
  Tokens tokens_;
  Authenticator authenticator_;
  CallLimits limits_;
};

}  // namespace mla::security
