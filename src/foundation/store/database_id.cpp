#include "foundation/store/database_id.h"

#include <random>

#include <fmt/format.h>

#include "foundation/store/migrations.h"

namespace mla::store {
namespace {

constexpr Migration kMigrations[] = {{1, "a name of the database", "CREATE TABLE database_id (id TEXT NOT NULL)"}};

std::string draw() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", device());
  return id;
}

}  // namespace

base::Result<std::string> database_id(Connection& connection) {
  MLA_CHECK(migrate(connection, "store", kMigrations));
  // Of two that draw at once the second finds what the first one drew.
  MLA_ASSIGN(Transaction transaction, Transaction::start(connection));
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT id FROM database_id"));
  MLA_ASSIGN(const bool there, query->step());
  std::string id(there ? query->text(0) : std::string_view());
  query->reset();
  if (there) return id;
  id = draw();
  MLA_ASSIGN(Statement * insert, connection.prepare("INSERT INTO database_id (id) VALUES (?)"));
  insert->bind(1, id);
  MLA_CHECK(insert->step());
  MLA_CHECK(transaction.commit());
  return id;
}

}  // namespace mla::store
