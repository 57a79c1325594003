#include <fmt/format.h>

#include "operations/security/impl/principal_row.h"
#include "operations/security/principals.h"

// The part of Principals that is about the person behind them: what is kept, and how it is forgotten.
namespace mla::security {

using base::Result;
using base::Status;
using store::Statement;

namespace {

Status leaves_an_admin(store::Connection& connection, const base::UserId& without) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT COUNT(*), COALESCE(SUM(CASE WHEN listener = ? THEN 1 ELSE 0 "
                                                   "END), 0) FROM principals WHERE role = ? AND disabled = 0"));
  query->bind(1, without.str());
  query->bind(2, to_string(Role::kAdmin));
  MLA_CHECK(query->step());
  const std::int64_t admins = query->integer(0);
  const std::int64_t erased = query->integer(1);
  query->reset();
  if (erased == 0 || erased < admins) return {};
  return no_admin_left();
}

}  // namespace

Result<std::vector<Principal>> Principals::of_listener(const base::UserId& listener) const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(Statement * query,
             lease->prepare(
                 fmt::format("SELECT {} FROM principals p WHERE p.listener = ? ORDER BY p.name", kPrincipalColumns)));
  query->bind(1, listener.str());
  std::vector<Principal> all;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return all;
    MLA_ASSIGN(Principal one, read_principal(*query));
    all.push_back(std::move(one));
  }
}

Status Principals::check_erasable(const base::UserId& listener) const {
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  return leaves_an_admin(*lease, listener);
}

Result<std::int64_t> Principals::erase_listener(const base::UserId& listener, const Actor& actor) {
  MLA_ASSIGN(const std::vector<Principal> erased, of_listener(listener));
  MLA_ASSIGN(const store::Lease lease, database_.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*lease));
  MLA_CHECK(leaves_an_admin(*lease, listener));
  Actor who = actor;
  for (const Principal& one : erased) {
    MLA_CHECK(run_for(*lease,
                      "DELETE FROM refresh_tokens WHERE access_grant IN (SELECT id FROM access_grants WHERE "
                      "principal = ?)",
                      one.id));
    MLA_CHECK(run_for(*lease, "DELETE FROM access_grants WHERE principal = ?", one.id));
    MLA_CHECK(run_for(*lease, "DELETE FROM principals WHERE id = ?", one.id));
    MLA_CHECK(AuditLog::erase_name(*lease, one.name));
    if (one.name == actor.name) who.name = AuditLog::kErased;
  }
  MLA_CHECK(AuditLog::erase_name(*lease, listener.str()));
  MLA_CHECK(audit_.add(*lease, who, "user.erase", AuditLog::kErased));
  MLA_CHECK(transaction.commit());
  return static_cast<std::int64_t>(erased.size());
}

}  // namespace mla::security
