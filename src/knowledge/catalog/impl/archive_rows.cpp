#include "knowledge/catalog/impl/archive_rows.h"

#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {

using base::Result;
using base::Status;
using store::Statement;

Result<bool> archive_follows(store::Connection& connection) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT 1 FROM archive_state WHERE following = 1"));
  MLA_ASSIGN(const bool follows, query->step());
  query->reset();
  return follows;
}

Result<std::int64_t> next_revision(store::Connection& connection) {
  MLA_CHECK(record_write(connection, {.items_changed = false}));
  return read_total(connection, "revision");
}

Status queue_erasure(store::Connection& connection, std::int64_t revision, std::int64_t number,
                     std::string_view listener) {
  MLA_ASSIGN(Statement * insert,
             connection.prepare("INSERT INTO archive_queue (revision, \"user\", erased) VALUES (?, ?, ?)"));
  insert->bind(1, revision);
  insert->bind(2, number);
  insert->bind(3, listener);
  MLA_CHECK(insert->step());
  return {};
}

Status erase_from_archive(store::Connection& connection, std::int64_t user, std::string_view listener) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT 1 FROM archive_state"));
  MLA_ASSIGN(const bool ever, query->step());
  query->reset();
  if (!ever) return {};
  MLA_ASSIGN(Statement * erase, connection.prepare("DELETE FROM archive_queue WHERE \"user\" = ?"));
  erase->bind(1, user);
  MLA_CHECK(erase->step());
  MLA_ASSIGN(const std::int64_t revision, next_revision(connection));
  return queue_erasure(connection, revision, -1, listener);
}

}  // namespace mla::catalog
