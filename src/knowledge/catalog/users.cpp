#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/impl/archive_rows.h"
#include "knowledge/catalog/impl/schema.h"

// The part of Catalog that is about one person.
namespace mla::catalog {
namespace {

using store::Statement;

base::Result<std::optional<std::int64_t>> key_of(store::Connection& connection, const base::UserId& user) {
  MLA_ASSIGN(Statement * find, connection.prepare("SELECT key FROM users WHERE id = ?"));
  find->bind(1, user.str());
  MLA_ASSIGN(const bool known, find->step());
  if (!known) return std::optional<std::int64_t>();
  const std::int64_t key = find->integer(0);
  find->reset();
  return std::optional(key);
}

// Rows that a DELETE with this one parameter took away.
template <class Parameter>
base::Result<std::int64_t> erase(store::Connection& connection, std::string_view sql, const Parameter& parameter) {
  MLA_ASSIGN(Statement * statement, connection.prepare(sql));
  statement->bind(1, parameter);
  MLA_CHECK(statement->step());
  return connection.changes();
}

}  // namespace

base::Result<std::optional<UserSummary>> Catalog::summary(const base::UserId& user) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  MLA_ASSIGN(const std::optional<std::int64_t> key, key_of(*connection, user));
  if (!key) return std::optional<UserSummary>();
  UserSummary summary;
  MLA_ASSIGN(Statement * by_type,
             connection->prepare("SELECT type, COUNT(*), SUM(weight) FROM events WHERE \"user\" = ? "
                                 "GROUP BY type"));
  by_type->bind(1, *key);
  for (;;) {
    MLA_ASSIGN(const bool more, by_type->step());
    if (!more) break;
    const std::int64_t type = by_type->integer(0);
    if (type < 0 || type >= kEventTypes) continue;  // of a newer version
    summary.by_type[static_cast<std::size_t>(type)] = by_type->integer(1);
    summary.events += by_type->integer(1);
    if (type == static_cast<std::int64_t>(EventType::kListen)) summary.plays = by_type->real(2);
  }
  MLA_ASSIGN(Statement * all,
             connection->prepare("SELECT COUNT(DISTINCT item), "
                                 "MIN(CASE WHEN time <> ? THEN time END), "
                                 "MAX(CASE WHEN time <> ? THEN time END) FROM events WHERE \"user\" = ?"));
  all->bind(1, kNoTime);
  all->bind(2, kNoTime);
  all->bind(3, *key);
  MLA_CHECK(all->step());
  summary.items = all->integer(0);
  if (!all->is_null(1)) summary.first = all->integer(1);
  if (!all->is_null(2)) summary.last = all->integer(2);
  return std::optional(summary);
}

base::Result<bool> Catalog::erase_user(const base::UserId& user) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::int64_t accounts,
             erase(*connection, "DELETE FROM import_accounts WHERE listener = ?", user.str()));
  MLA_ASSIGN(const std::optional<std::int64_t> key, key_of(*connection, user));
  MLA_CHECK(erase_from_archive(*connection, key.value_or(0), user.str()));
  if (key) {
    MLA_ASSIGN(const std::int64_t events, erase(*connection, "DELETE FROM events WHERE \"user\" = ?", *key));
    MLA_CHECK(erase(*connection, "DELETE FROM friends WHERE \"user\" = ?", *key));
    MLA_CHECK(erase(*connection, "DELETE FROM friends WHERE friend = ?", *key));
    MLA_CHECK(erase(*connection, "DELETE FROM users WHERE key = ?", *key));
    MLA_CHECK(record_write(*connection, {.users = -1, .events = -events, .items_changed = false}));
  }
  // Also for a user that the catalogue does not know: others may remember what that one was shown.
  MLA_CHECK(connection->execute("UPDATE catalog_totals SET value = value + 1 WHERE name = 'erasures'"));
  MLA_CHECK(transaction.commit());
  return key.has_value() || accounts > 0;
}

base::Result<std::vector<std::pair<std::string, std::string>>> Catalog::import_accounts(
    const base::UserId& user) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query, connection->prepare("SELECT source, account FROM import_accounts WHERE listener = ? "
                                                    "ORDER BY source, account"));
  query->bind(1, user.str());
  std::vector<std::pair<std::string, std::string>> accounts;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return accounts;
    accounts.emplace_back(query->text(0), query->text(1));
  }
}

}  // namespace mla::catalog
