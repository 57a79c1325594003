#include "knowledge/catalog/catalog.h"

#include <algorithm>

#include "knowledge/catalog/impl/event_inbox.h"
#include "knowledge/catalog/impl/key_table.h"
#include "knowledge/catalog/impl/schema.h"

// The part of Catalog that is about users and totals.
namespace mla::catalog {

using store::Statement;

Catalog::Catalog(store::Database& database) : database_(&database), inbox_(std::make_shared<EventInbox>(database)) {}

base::Result<Catalog> Catalog::open(store::Database& database) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(store::migrate(*connection, "catalog", migrations()));
  return Catalog(database);
}

base::Result<bool> Catalog::has_user(const base::UserId& user) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * find, connection->prepare("SELECT 1 FROM users WHERE id = ?"));
  find->bind(1, user.str());
  return find->step();
}

base::Result<std::int64_t> Catalog::put_friends(std::span<const std::pair<base::UserId, base::UserId>> pairs) {
  KeyTable users("users");
  std::vector<std::pair<std::uint32_t, std::uint32_t>> indices;
  for (const auto& [a, b] : pairs) {
    MLA_CHECK(check_id("user", a.str()));
    MLA_CHECK(check_id("user", b.str()));
    indices.emplace_back(users.add(a.str()), users.add(b.str()));
  }
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::int64_t revision, read_total(*connection, "revision"));
  MLA_ASSIGN(const std::int64_t made, users.resolve(*connection));
  std::vector<std::int64_t> keys;
  for (std::uint32_t i = 0; i < users.size(); ++i) keys.push_back(users.key(i));
  MLA_CHECK(mark_changed(*connection, keys, revision + 1));
  constexpr std::string_view kColumns[] = {"user", "friend"};
  MLA_ASSIGN(const std::unique_ptr<store::BulkInsert> insert, connection->bulk_insert("friends", kColumns));
  for (const auto& [a, b] : indices) {
    if (a == b) continue;
    const auto [low, high] = std::minmax({users.key(a), users.key(b)});
    insert->add(low);
    insert->add(high);
    MLA_CHECK(insert->end_row());
  }
  MLA_ASSIGN(const std::int64_t added, insert->finish());
  MLA_CHECK(record_write(*connection, {.users = made, .items_changed = false}));
  MLA_CHECK(transaction.commit());
  return added;
}

base::Result<std::vector<base::UserId>> Catalog::friends(const base::UserId& user) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * find, connection->prepare("SELECT f.id FROM users u JOIN friends p ON p.user = u.key "
                                                   "JOIN users f ON f.key = p.friend WHERE u.id = ? UNION ALL "
                                                   "SELECT f.id FROM users u JOIN friends p ON p.friend = u.key "
                                                   "JOIN users f ON f.key = p.user WHERE u.id = ?"));
  find->bind(1, user.str());
  find->bind(2, user.str());
  std::vector<base::UserId> found;
  for (;;) {
    MLA_ASSIGN(const bool more, find->step());
    if (!more) break;
    found.emplace_back(find->text(0));
  }
  std::sort(found.begin(), found.end());
  return found;
}

base::Result<CatalogCounts> Catalog::counts() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const store::Snapshot snapshot, store::Snapshot::start(*connection));
  CatalogCounts counts;
  MLA_ASSIGN(counts.users, read_total(*connection, "users"));
  MLA_ASSIGN(counts.items, read_total(*connection, "items"));
  MLA_ASSIGN(counts.events, read_total(*connection, "events"));
  return counts;
}

base::Result<Catalog::Versions> Catalog::versions(const base::UserId& user) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Statement * find,
             connection->prepare("SELECT value, COALESCE((SELECT changed FROM users WHERE id = ?), "
                                 "(SELECT -value FROM catalog_totals WHERE name = 'erasures'), 0) "
                                 "FROM catalog_totals WHERE name = 'items_revision'"));
  find->bind(1, user.str());
  MLA_ASSIGN(const bool known, find->step());
  const Versions versions = known ? Versions{find->integer(0), find->integer(1)} : Versions{};
  find->reset();
  return versions;
}

base::Result<std::int64_t> Catalog::revision() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  return read_total(*connection, "revision");
}

}  // namespace mla::catalog
