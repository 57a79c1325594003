#include "operations/security/authenticator.h"

#include <fmt/format.h>
#include <sodium.h>

#include "operations/security/impl/encoding.h"
#include "operations/security/impl/opaque.h"
#include "operations/security/impl/principal_row.h"

namespace mla::security {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::UnixMillis;
using store::Statement;

bool Caller::may(Permission permission, const base::UserId& whose) const {
  const Reach reach = permissions.reach(permission);
  return reach == Reach::kAny || (reach == Reach::kOwn && (whose.empty() || whose == listener));
}

Authenticator::Authenticator(store::Database& database, const base::Clock& clock, const SigningKeys& keys,
                             TokenPolicy policy)
    : database_(database),
      clock_(clock),
      keys_(keys),
      policy_(std::move(policy)),
      fingerprint_key_(random_bytes(crypto_generichash_KEYBYTES)),
      known_(kRemembered) {}

std::string Authenticator::fingerprint(std::string_view credential) const {
  std::string digest(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     reinterpret_cast<const unsigned char*>(credential.data()), credential.size(),
                     reinterpret_cast<const unsigned char*>(fingerprint_key_.data()), fingerprint_key_.size());
  return digest;
}

Result<Authenticator::Known> Authenticator::look_up(std::string_view credential, UnixMillis now) const {
  const bool key = credential.starts_with(kKeyPrefix);
  Claims claims;
  if (!key) {
    MLA_ASSIGN(claims, verify_token(credential, policy_, keys_, now));
  }
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query,
             lease->prepare(fmt::format(
                 "SELECT {}, g.expires, COALESCE(g.scope, '') FROM access_grants g JOIN principals p ON p.id = "
                 "g.principal WHERE g.{} = ? AND g.revoked = 0 AND p.disabled = 0",
                 kPrincipalColumns, key ? "secret" : "id")));
  query->bind(1, key ? hash_of_secret(credential) : claims.grant);
  MLA_ASSIGN(const bool there, query->step());
  if (!there) return Error{ErrorCode::kPermission, key ? "The API key is unknown or revoked" : "The token is revoked"};
  MLA_ASSIGN(const Principal principal, read_principal(*query));
  const UnixMillis ends = query->integer(6);
  if (now >= ends + (key ? 0 : policy_.leeway)) {
    return Error{ErrorCode::kPermission, key ? "The API key has expired" : "The token has expired"};
  }
  if (!key && claims.subject != principal.id) return Error{ErrorCode::kPermission, "The token is revoked"};
  auto caller = std::make_shared<Caller>();
  caller->id = principal.id;
  caller->name = principal.name;
  caller->listener = principal.listener;
  // What the role allows by now, and no more than the token says, or what the key is held to.
  caller->permissions = Permissions::of(principal.role);
  if (!key) {
    caller->permissions = caller->permissions.intersect(Permissions::parse(claims.permissions));
  } else if (const std::string_view scope = query->text(7); !scope.empty()) {
    caller->permissions = caller->permissions.intersect(Permissions::of_scope(scope).value_or(Permissions()));
  }
  return Known{std::move(caller), now, key ? ends : claims.expires + policy_.leeway};
}

Result<std::shared_ptr<const Caller>> Authenticator::authenticate(std::string_view credential) {
  if (credential.size() > kMaxToken) return Error{ErrorCode::kPermission, "The token is too long"};
  const UnixMillis now = clock_.now();
  std::string place = fingerprint(credential);
  if (auto caller = remembered(place, now, kBelieved)) return caller;
  const auto found = look_up(credential, now);
  if (!found.ok()) {
    const bool away = found.error().code == ErrorCode::kBusy;
    if (auto caller = away ? remembered(place, now, kBelievedAway) : nullptr) return caller;
    return found.error();
  }
  const std::lock_guard lock(mutex_);
  known_.put(place, *found);
  return found->caller;
}

std::shared_ptr<const Caller> Authenticator::remembered(const std::string& place, UnixMillis now, UnixMillis span) {
  const std::lock_guard lock(mutex_);
  const Known* known = known_.find(place);
  // A clock that was set back makes what was found seem to come from the future.
  if (known == nullptr || now < known->checked || now - known->checked >= span || now >= known->expires) return nullptr;
  return known->caller;
}

void Authenticator::forget() {
  const std::lock_guard lock(mutex_);
  known_ = base::RecentMap<std::string, Known>(kRemembered);
}

}  // namespace mla::security
