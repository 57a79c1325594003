#include "operations/security/tokens.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/log.h"
#include "foundation/base/parse.h"
#include "operations/security/impl/encoding.h"
#include "operations/security/impl/opaque.h"
#include "operations/security/impl/principal_row.h"

namespace mla::security {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::UnixMillis;
using store::Statement;

namespace {

constexpr std::string_view kKindNames[] = {"login", "token", "key"};
constexpr UnixMillis kMillisPerMinute = 60'000;
constexpr std::size_t kMaxOpaque = 128;

Error refused(std::string what) { return {ErrorCode::kPermission, std::move(what)}; }

// Grants that nobody can use any more, and what hung on them.
Status forget_expired(store::Connection& connection, UnixMillis now) {
  for (const std::string_view sql :
       {"DELETE FROM refresh_tokens WHERE access_grant IN (SELECT id FROM access_grants WHERE expires < ?)",
        "DELETE FROM access_grants WHERE expires < ?"}) {
    MLA_ASSIGN(Statement * removal, connection.prepare(sql));
    removal->bind(1, now - base::kMillisPerDay);
    MLA_CHECK(removal->step());
  }
  return {};
}

Status add_refresh_token(store::Connection& connection, std::string_view grant, std::string_view secret) {
  MLA_ASSIGN(Statement * insert, connection.prepare("INSERT INTO refresh_tokens (secret, access_grant) VALUES (?, ?)"));
  insert->bind(1, hash_of_secret(secret));
  insert->bind(2, grant);
  MLA_CHECK(insert->step());
  return {};
}

// What a token is held to: what is wanted of `most`, or all of it.
Result<Permissions> granted(const Permissions& most, const Tokens::Wanted& wanted) {
  if (!wanted) return most;
  if (wanted->within(most)) return *wanted;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("The scope goes beyond what is allowed here: {}", most.scope())};
}

// Of a column `scope`.
Permissions held_to(const Permissions& role, std::string_view scope) {
  return scope.empty() ? role : role.intersect(Permissions::of_scope(scope).value_or(Permissions()));
}

struct Refreshed {
  std::string grant;
  std::string scope;
  UnixMillis expires = 0;
  bool used = false;
  bool dead = false;  // revoked, expired or of somebody who may not come in any more
  Principal principal;
};

Result<std::optional<Refreshed>> find_refresh_token(store::Connection& connection, std::string_view hash,
                                                    UnixMillis now) {
  MLA_ASSIGN(Statement * query,
             connection.prepare(fmt::format("SELECT {}, g.id, g.expires, g.revoked, t.used, COALESCE(g.scope, '') FROM "
                                            "refresh_tokens t JOIN access_grants g ON g.id = "
                                            "t.access_grant JOIN principals p ON p.id = g.principal WHERE t.secret = ?",
                                            kPrincipalColumns)));
  query->bind(1, hash);
  MLA_ASSIGN(const bool there, query->step());
  if (!there) return std::optional<Refreshed>();
  Refreshed found;
  MLA_ASSIGN(found.principal, read_principal(*query));
  found.grant = query->text(6);
  found.expires = query->integer(7);
  found.dead = query->integer(8) != 0 || found.expires <= now || found.principal.disabled;
  found.used = query->integer(9) != 0;
  found.scope = query->text(10);
  query->reset();
  return std::optional(std::move(found));
}

}  // namespace

std::string_view to_string(GrantKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::string Tokens::access_token(const Principal& principal, const Permissions& permissions, std::string_view grant,
                                 UnixMillis now, UnixMillis expires) const {
  Claims claims;
  claims.subject = principal.id;
  claims.grant = grant;
  claims.listener = principal.listener.str();
  claims.permissions = permissions.names();
  claims.issued = now;
  claims.expires = expires;
  return sign_token(claims, policy_, keys_);
}

// Inserts the grant and its entry in the log; its id. REQUIRES: a transaction.
Result<std::string> Tokens::add_grant(store::Connection& connection, const Principal& principal, GrantKind kind,
                                      UnixMillis expires, std::string_view secret, const Wanted& wanted,
                                      const Actor& actor) {
  const UnixMillis now = clock_.now();
  MLA_CHECK(forget_expired(connection, now));
  std::string id = random_id();
  MLA_ASSIGN(Statement * insert,
             connection.prepare("INSERT INTO access_grants (id, principal, kind, secret, created, expires, scope) "
                                "SELECT ?, id, ?, ?, ?, ?, ? FROM principals WHERE id = ? AND disabled = 0"));
  insert->bind(1, id);
  insert->bind(2, to_string(kind));
  if (secret.empty()) {
    insert->bind_null(3);
  } else {
    insert->bind(3, hash_of_secret(secret));
  }
  insert->bind(4, now);
  insert->bind(5, expires);
  if (wanted) {
    insert->bind(6, wanted->scope());
  } else {
    insert->bind_null(6);
  }
  insert->bind(7, principal.id);
  MLA_CHECK(insert->step());
  if (connection.changes() == 0) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("user '{}' is disabled: ml-analytics user enable {}", principal.name, principal.name)};
  }
  MLA_CHECK(audit_.add(connection, actor, fmt::format("grant.{}", to_string(kind)),
                       fmt::format("{} {}", principal.name, id)));
  return id;
}

Result<std::string> Tokens::issue_token(const Principal& principal, std::int64_t minutes, const Actor& actor,
                                        const Wanted& wanted) {
  MLA_ASSIGN(const Permissions permissions, granted(Permissions::of(principal.role), wanted));
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  const UnixMillis now = clock_.now();
  const UnixMillis expires = now + minutes * kMillisPerMinute;
  MLA_ASSIGN(const std::string id, add_grant(*lease, principal, GrantKind::kToken, expires, "", wanted, actor));
  MLA_CHECK(transaction.commit());
  return access_token(principal, permissions, id, now, expires);
}

Result<std::string> Tokens::issue_key(const Principal& principal, std::int64_t minutes, const Actor& actor,
                                      const Wanted& wanted) {
  MLA_CHECK(granted(Permissions::of(principal.role), wanted));
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  const std::string key = make_secret(kKeyPrefix);
  MLA_CHECK(
      add_grant(*lease, principal, GrantKind::kKey, clock_.now() + minutes * kMillisPerMinute, key, wanted, actor));
  MLA_CHECK(transaction.commit());
  return key;
}

Result<TokenAnswer> Tokens::log_in(std::string_view name, std::string_view password, LoginKind kind,
                                   const std::string& request_id, const Wanted& wanted) {
  MLA_ASSIGN(const std::optional<Principal> principal, principals_.check_password(name, password));
  const bool program = kind == LoginKind::kClientCredentials;
  const Error unknown = refused(program ? "Unknown client, or wrong secret" : "Unknown user, or wrong password");
  if (!principal || (principal->role == Role::kService) != program) return unknown;
  MLA_ASSIGN(const Permissions permissions, granted(Permissions::of(principal->role), wanted));
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  const UnixMillis now = clock_.now();
  const UnixMillis access_ends = now + lifetimes_.access_minutes * kMillisPerMinute;
  // A program can log in again whenever it likes, so it needs no refresh token (RFC 6749 4.4.3).
  const UnixMillis ends = program ? access_ends : now + lifetimes_.refresh_days * base::kMillisPerDay;
  const auto added = add_grant(*lease, *principal, GrantKind::kLogin, ends, "", wanted, {principal->name, request_id});
  // Disabled since the password was looked at.
  if (!added.ok()) return added.error().code == ErrorCode::kInvalidArgument ? unknown : added.error();
  const std::string& id = *added;
  TokenAnswer answer;
  if (!program) {
    answer.refresh_token = make_secret(kRefreshPrefix);
    MLA_CHECK(add_refresh_token(*lease, id, answer.refresh_token));
  }
  MLA_CHECK(transaction.commit());
  const UnixMillis expires = std::min(access_ends, ends);
  answer.access_token = access_token(*principal, permissions, id, now, expires);
  answer.expires_in = (expires - now) / 1000;
  answer.scope = permissions.scope();
  return answer;
}

Result<TokenAnswer> Tokens::refresh(std::string_view refresh_token, const std::string& request_id,
                                    const Wanted& wanted) {
  const Error unknown = refused("The refresh token is unknown, expired, revoked or was used before");
  if (refresh_token.size() > kMaxOpaque || !refresh_token.starts_with(kRefreshPrefix)) return unknown;
  const std::string hash = hash_of_secret(refresh_token);
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  const UnixMillis now = clock_.now();
  MLA_ASSIGN(const std::optional<Refreshed> found, find_refresh_token(*lease, hash, now));
  if (!found) return unknown;
  if (found->used && !found->dead) {
    base::log::warning("security", "a refresh token came twice: its login is revoked",
                       {{"user", found->principal.name}, {"grant", found->grant}});
    MLA_CHECK(end_grant(*lease, found->grant, {found->principal.name, request_id}, "grant.reuse"));
    MLA_CHECK(transaction.commit());
  }
  if (found->used || found->dead) return unknown;
  MLA_ASSIGN(const Permissions permissions,
             granted(held_to(Permissions::of(found->principal.role), found->scope), wanted));
  MLA_ASSIGN(Statement * update, lease->prepare("UPDATE refresh_tokens SET used = 1 WHERE secret = ?"));
  update->bind(1, hash);
  MLA_CHECK(update->step());
  TokenAnswer answer;
  answer.refresh_token = make_secret(kRefreshPrefix);
  MLA_CHECK(add_refresh_token(*lease, found->grant, answer.refresh_token));
  MLA_CHECK(transaction.commit());
  const UnixMillis expires = std::min(now + lifetimes_.access_minutes * kMillisPerMinute, found->expires);
  answer.access_token = access_token(found->principal, permissions, found->grant, now, expires);
  answer.expires_in = (expires - now) / 1000;
  answer.scope = permissions.scope();
  return answer;
}

// REQUIRES: a transaction. Nothing happens to a grant that is gone.
Status Tokens::end_grant(store::Connection& connection, std::string_view id, const Actor& actor,
                         std::string_view what) {
  MLA_ASSIGN(Statement * update,
             connection.prepare("UPDATE access_grants SET revoked = 1 WHERE id = ? AND revoked = 0"));
  update->bind(1, id);
  MLA_CHECK(update->step());
  return connection.changes() == 0 ? Status() : audit_.add(connection, actor, what, id);
}

Status Tokens::revoke(std::string_view token, const std::string& request_id) {
  std::string sql = "SELECT p.name, g.id FROM access_grants g JOIN principals p ON p.id = g.principal ";
  std::string wanted;
  if (token.size() <= kMaxOpaque && token.starts_with(kRefreshPrefix)) {
    sql += "JOIN refresh_tokens t ON t.access_grant = g.id WHERE t.secret = ?";
    wanted = hash_of_secret(token);
  } else if (token.size() <= kMaxOpaque && token.starts_with(kKeyPrefix)) {
    sql += "WHERE g.secret = ?";
    wanted = hash_of_secret(token);
  } else if (const auto claims = verify_token(token, policy_, keys_, clock_.now()); claims.ok()) {
    sql += "WHERE g.id = ?";
    wanted = claims->grant;
  } else {
    return {};
  }
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_ASSIGN(Statement * query, lease->prepare(sql));
  query->bind(1, wanted);
  MLA_ASSIGN(const bool there, query->step());
  if (!there) return {};
  const Actor actor{std::string(query->text(0)), request_id};
  const std::string id(query->text(1));
  query->reset();
  MLA_CHECK(end_grant(*lease, id, actor, "grant.revoke"));
  return transaction.commit();
}

Status Tokens::revoke_grant(std::string_view id, const Actor& actor) {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_ASSIGN(Statement * query, lease->prepare("SELECT 1 FROM access_grants WHERE id = ?"));
  query->bind(1, id);
  MLA_ASSIGN(const bool there, query->step());
  query->reset();
  if (!there) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no token with the id '{}'; see ml-analytics token list",
                                                   base::is_utf8(id) ? id.substr(0, 64) : "")};
  }
  MLA_CHECK(end_grant(*lease, id, actor, "grant.revoke"));
  return transaction.commit();
}

Result<std::vector<Grant>> Tokens::list() const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query,
             lease->prepare("SELECT g.id, p.name, g.kind, g.created, g.expires, COALESCE(g.scope, '') FROM "
                            "access_grants g JOIN principals p "
                            "ON p.id = g.principal WHERE g.revoked = 0 AND g.expires > ? AND p.disabled = 0 "
                            "ORDER BY g.created DESC, g.id"));
  query->bind(1, clock_.now());
  std::vector<Grant> grants;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return grants;
    Grant grant;
    grant.id = query->text(0);
    grant.principal = query->text(1);
    const auto kind = std::ranges::find(kKindNames, query->text(2));
    if (kind == std::end(kKindNames)) {
      return Error{ErrorCode::kCorrupt, fmt::format("the database says of grant {} that it is a '{}', which is none",
                                                    grant.id, query->text(2))};
    }
    grant.kind = static_cast<GrantKind>(kind - std::begin(kKindNames));
    grant.created = query->integer(3);
    grant.expires = query->integer(4);
    grant.scope = query->text(5);
    grants.push_back(std::move(grant));
  }
}

}  // namespace mla::security
