#include "operations/security/security.h"

#include <fmt/format.h>

#include "foundation/base/file.h"
#include "operations/security/impl/encoding.h"
#include "operations/security/impl/schema.h"

namespace mla::security {

using base::Error;
using base::ErrorCode;
using base::Result;
using store::Statement;

namespace {

constexpr std::uint64_t kMaxKeySet = 256 << 10;  // bytes

Result<std::string> stored_secret(store::Connection& connection) {
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(connection));
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT secret FROM signing_secret ORDER BY number LIMIT 1"));
  MLA_ASSIGN(const bool there, query->step());
  std::string secret(there ? query->text(0) : std::string_view());
  query->reset();
  if (there) return secret;
  secret = to_base64url(random_bytes(48));
  MLA_ASSIGN(Statement * insert, connection.prepare("INSERT INTO signing_secret (secret) VALUES (?)"));
  insert->bind(1, secret);
  MLA_CHECK(insert->step());
  MLA_CHECK(transaction.commit());
  return secret;
}

Result<SigningKeys> keys_of_file(const std::string& file, SignatureAlgorithm algorithm) {
  MLA_ASSIGN(const std::string text, base::read_file(file, kMaxKeySet));
  auto keys = SigningKeys::from_key_set(text, algorithm);
  const std::string where = fmt::format("security.jwt.key_set_file '{}'", file);
  if (!keys.ok()) return base::with_context(keys.error(), where);
  if (!keys->can_sign()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: none of its keys of {} is a private one, so that no token can be signed", where,
                             to_string(algorithm))};
  }
  return keys;
}

Result<SigningKeys> load_keys(const config::Settings& settings, store::Connection& connection) {
  const config::JwtSettings& jwt = settings.security.jwt;
  const auto algorithm = parse_algorithm(jwt.algorithm);
  if (!algorithm) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("security.jwt.algorithm '{}' is not one of HS256, RS256, EdDSA", jwt.algorithm)};
  }
  if (!jwt.key_set_file.empty()) return keys_of_file(jwt.key_set_file, *algorithm);
  if (*algorithm != SignatureAlgorithm::kHs256) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("security.jwt.algorithm {} needs security.jwt.key_set_file, a JSON Web Key Set with a "
                             "private key",
                             jwt.algorithm)};
  }
  if (!jwt.secret_key.empty()) {
    auto keys = SigningKeys::from_secret(jwt.secret_key);
    if (!keys.ok()) return base::with_context(keys.error(), "JWT_SECRET_KEY (security.jwt.secret_key)");
    return keys;
  }
  if (settings.environment == "production") {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("production needs JWT_SECRET_KEY, {} bytes or more that only its servers know, for "
                             "example of: openssl rand -base64 48",
                             kMinSecret)};
  }
  MLA_ASSIGN(const std::string secret, stored_secret(connection));
  return SigningKeys::from_secret(secret);
}

TokenPolicy policy_of(const config::JwtSettings& jwt) {
  return {jwt.issuer, jwt.audience, static_cast<base::UnixMillis>(jwt.leeway_seconds * 1000)};
}

}  // namespace

Security::Security(const config::Settings& settings, store::Database& database, const base::Clock& clock,
                   PasswordCost cost, SigningKeys keys, std::unique_ptr<RateLimiter> limiter)
    : hasher_(cost),
      keys_(std::move(keys)),
      audit_(database, clock),
      principals_(database, clock, hasher_, audit_),
      tokens_(database, clock, principals_, audit_, keys_, policy_of(settings.security.jwt),
              {settings.security.jwt.access_token_expire_minutes, settings.security.jwt.refresh_token_expire_days}),
      authenticator_(database, clock, keys_, policy_of(settings.security.jwt)),
      limits_(settings.security.rate_limiting, std::move(limiter)) {}

base::Status Security::make_tables(store::Database& database) {
  MLA_ASSIGN(const store::Lease lease, database.acquire());
  return migrate(*lease);
}

Result<std::unique_ptr<Security>> Security::open(const config::Settings& settings, store::Database& database,
                                                 const base::Clock& clock, PasswordCost cost,
                                                 std::unique_ptr<RateLimiter> limiter) {
  ready_sodium();
  std::optional<SigningKeys> keys;
  {
    MLA_ASSIGN(const store::Lease lease, database.acquire());
    MLA_CHECK(migrate(*lease));
    MLA_ASSIGN(keys, load_keys(settings, *lease));
  }
  if (!limiter) limiter = std::make_unique<MemoryRateLimiter>();
  return std::unique_ptr<Security>(new Security(settings, database, clock, cost, *std::move(keys), std::move(limiter)));
}

}  // namespace mla::security
