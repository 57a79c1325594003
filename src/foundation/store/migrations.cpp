#include "foundation/store/migrations.h"

#include <fmt/format.h>

namespace mla::store {
namespace {

constexpr std::string_view kTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " component TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,"
    " applied TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (component, number))";

base::Result<int> last_applied(Connection& connection, std::string_view component) {
  MLA_ASSIGN(Statement * query,
             connection.prepare("SELECT COALESCE(MAX(number), 0) FROM schema_migrations WHERE component = ?"));
  query->bind(1, component);
  MLA_CHECK(query->step());
  const int number = static_cast<int>(query->integer(0));
  query->reset();
  return number;
}

base::Status record(Connection& connection, std::string_view component, const Migration& migration) {
  MLA_ASSIGN(Statement * insert,
             connection.prepare("INSERT INTO schema_migrations (component, number, name) VALUES (?, ?, ?)"));
  insert->bind(1, component);
  insert->bind(2, std::int64_t{migration.number});
  insert->bind(3, migration.name);
  MLA_CHECK(insert->step());
  return {};
}

base::Status refuse_newer(std::string_view component, int found, std::size_t known) {
  if (found <= static_cast<int>(known)) return {};
  return base::Error{base::ErrorCode::kUnsupported,
                     fmt::format("the database has version {} of the {} tables, this program knows versions up to {}: "
                                 "use the newer ml-analytics that made it, or another DATABASE_URL",
                                 found, component, known)};
}

}  // namespace

base::Result<int> schema_version(Connection& connection, std::string_view component) {
  MLA_CHECK(connection.execute(kTable));
  return last_applied(connection, component);
}

base::Status migrate(Connection& connection, std::string_view component, std::span<const Migration> migrations) {
  MLA_ASSIGN(const int version, schema_version(connection, component));
  MLA_CHECK(refuse_newer(component, version, migrations.size()));
  for (std::size_t i = static_cast<std::size_t>(version); i < migrations.size(); ++i) {
    const Migration& migration = migrations[i];
    if (migration.number != static_cast<int>(i) + 1) {
      return base::Error{base::ErrorCode::kInternal, fmt::format("migration '{}' of {} has number {}, expected {}",
                                                                 migration.name, component, migration.number, i + 1)};
    }
    MLA_ASSIGN(Transaction transaction, Transaction::start(connection));
    // Another process may have been faster while we waited for the write lock.
    MLA_ASSIGN(const int now, last_applied(connection, component));
    MLA_CHECK(refuse_newer(component, now, migrations.size()));
    if (now >= migration.number) continue;
    if (base::Status status = connection.execute(migration.sql); !status.ok()) {
      return base::with_context(status.error(), fmt::format("migration {} '{}' of the {} tables", migration.number,
                                                            migration.name, component));
    }
    MLA_CHECK(record(connection, component, migration));
    MLA_CHECK(transaction.commit());
  }
  return {};
}

}  // namespace mla::store
