#include "knowledge/catalog/impl/archive_rows.h"

#include <cstddef>
#include <memory>
#include <vector>

#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {

using base::Result;
using base::Status;
using store::Statement;

namespace {

// The largest id below this one; empty, which is below all, below the smallest.
std::vector<std::byte> before(const Identity& id) {
  std::vector<std::byte> lower(id.begin(), id.end());
  for (auto digit = lower.rbegin(); digit != lower.rend(); ++digit) {
    if (*digit != std::byte{0}) {
      *digit = std::byte(std::to_integer<int>(*digit) - 1);
      return lower;
    }
    *digit = std::byte{0xFF};
  }
  return {};
}

}  // namespace

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

Status queue_stretches(store::Connection& connection, std::int64_t revision, std::span<const Stretch> stretches) {
  constexpr std::string_view kColumns[] = {"revision", "user", "from_time", "from_id", "to_time", "to_id"};
  MLA_ASSIGN(const std::unique_ptr<store::BulkInsert> insert, connection.bulk_insert("archive_queue", kColumns));
  for (const Stretch& stretch : stretches) {
    insert->add(revision);
    insert->add(stretch.user);
    insert->add(stretch.from_time);
    insert->add(std::span<const std::byte>(before(stretch.from_id)));
    insert->add(stretch.to_time);
    insert->add(std::span<const std::byte>(stretch.to_id));
    MLA_CHECK(insert->end_row());
  }
  MLA_CHECK(insert->finish());
  return {};
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
