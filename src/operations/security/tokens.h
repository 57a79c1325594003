#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/security/audit_log.h"
#include "operations/security/jwt.h"
#include "operations/security/principals.h"
#include "operations/security/signing_keys.h"

namespace mla::security {

// A login that can be refreshed, a single token, an API key.
enum class GrantKind : std::uint8_t { kLogin, kToken, kKey };
// "login", "token", "key".
std::string_view to_string(GrantKind kind);

// What lets a principal in until it expires or is revoked. Every token belongs to one.
struct Grant {
  std::string id;         // 16 hexadecimal digits
  std::string principal;  // its name
  GrantKind kind = GrantKind::kLogin;
  base::UnixMillis created = 0, expires = 0;
  std::string scope;  // what it is held to; empty: all that the principal's role allows
};

// What an OAuth 2 client gets (RFC 6749 5.1).
struct TokenAnswer {
  std::string access_token;
  std::int64_t expires_in = 0;  // seconds
  std::string refresh_token;    // empty: none
  std::string scope;            // what it allows: names of permissions with spaces between them
};

struct Lifetimes {
  std::int64_t access_minutes = 30;
  std::int64_t refresh_days = 30;  // from the login, however often it is refreshed
};

// How a caller of `log_in` says who it is: a person by the password grant, a program by client credentials.
enum class LoginKind : std::uint8_t { kPassword, kClientCredentials };

// Gives and takes back tokens. Each allows what the principal's role does, or the part of it that is wanted: where that
// goes beyond, the answer is kInvalidArgument. Secrets are kept as SHA-256: a stolen database gives no key. Every
// change is durable when a call returns, and in the audit log but for mere renewals. Thread-safe.
class Tokens {
 public:
  // The tables must be there (Security::open). All references must outlive this.
  Tokens(store::Database& database, const base::Clock& clock, Principals& principals, AuditLog& audit,
         const SigningKeys& keys, TokenPolicy policy, Lifetimes lifetimes)
      : database_(database),
        clock_(clock),
        principals_(principals),
        audit_(audit),
        keys_(keys),
        policy_(std::move(policy)),
        lifetimes_(lifetimes) {}

  using Wanted = std::optional<Permissions>;

  // A signed access token that lasts `minutes` and cannot be refreshed. kInvalidArgument if the principal is disabled.
  base::Result<std::string> issue_token(const Principal& principal, std::int64_t minutes, const Actor& actor,
                                        const Wanted& wanted = {});
  // An opaque key ("mlk_…") that lasts `minutes`; told once.
  base::Result<std::string> issue_key(const Principal& principal, std::int64_t minutes, const Actor& actor,
                                      const Wanted& wanted = {});

  // kPermission for a wrong name, password or kind of principal (services log in with client credentials, others with
  // a password), in words that do not say which; kBusy while another login is checked.
  base::Result<TokenAnswer> log_in(std::string_view name, std::string_view password, LoginKind kind,
                                   const std::string& request_id, const Wanted& wanted = {});
  // A new access and a new refresh token for an old one, which is worth nothing then. Whoever shows it again has
  // stolen it or was stolen from: the whole grant is revoked. kPermission. What is wanted holds for the access token
  // alone and must lie within what the login was held to (RFC 6749 6).
  base::Result<TokenAnswer> refresh(std::string_view refresh_token, const std::string& request_id,
                                    const Wanted& wanted = {});
  // Ends the grant of a refresh token, an access token or an API key; what is none of these is none of our business
  // and no error (RFC 7009 2.2).
  base::Status revoke(std::string_view token, const std::string& request_id);

  // By its id; kNotFound.
  base::Status revoke_grant(std::string_view id, const Actor& actor);
  // Those that let in now, newest first.
  base::Result<std::vector<Grant>> list() const;

 private:
  std::string access_token(const Principal& principal, const Permissions& permissions, std::string_view grant,
                           base::UnixMillis now, base::UnixMillis expires) const;
  base::Result<std::string> add_grant(store::Connection& connection, const Principal& principal, GrantKind kind,
                                      base::UnixMillis expires, std::string_view secret, const Wanted& wanted,
                                      const Actor& actor);
  base::Status end_grant(store::Connection& connection, std::string_view id, const Actor& actor, std::string_view what);

  store::Database& database_;
  const base::Clock& clock_;
  Principals& principals_;
  AuditLog& audit_;
  const SigningKeys& keys_;
  const TokenPolicy policy_;
  const Lifetimes lifetimes_;
};

}  // namespace mla::security
