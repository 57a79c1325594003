#include "knowledge/catalog/event_writer.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "knowledge/catalog/impl/event_identity.h"
#include "knowledge/catalog/impl/key_table.h"
#include "knowledge/catalog/impl/ordinals.h"
#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {
namespace {

struct Row {
  std::int64_t user;  // index in the key table, then key
  std::int64_t time;
  Identity id;
  std::uint32_t item;   // index in the key table
  std::uint32_t event;  // index in the span
};

base::Status insert_row(store::Statement& insert, const Row& row, std::int64_t item, const Event& event) {
  insert.bind(1, row.user);
  insert.bind(2, row.time);
  insert.bind(3, std::span<const std::byte>(row.id));
  insert.bind(4, item);
  insert.bind(5, static_cast<std::int64_t>(event.type));
  insert.bind(6, std::int64_t{event.id.empty() ? 0 : 1});
  insert.bind(7, event.weight);
  if (event.ms_played) insert.bind(8, *event.ms_played);
  if (!event.context.empty()) insert.bind(9, event.context);
  MLA_CHECK(insert.step());
  insert.reset();
  return {};
}

}  // namespace

struct EventWriter::State {
  store::Database& database;
  std::string source;
  OrdinalCounter ordinals;

  // Rows with user and item as indices into the tables.
  base::Result<std::vector<Row>> identify(std::span<const Event> events, KeyTable& users, KeyTable& items) {
    std::vector<Row> rows(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      if (base::Status valid = check(event); !valid.ok()) {
        return base::with_context(valid.error(), fmt::format("event {} of {}", i + 1, events.size()));
      }
      Identity id;
      if (event.id.empty()) {
        id = content_identity(event, source);
        id = with_ordinal(id, ordinals.next(id));
      } else {
        id = identity_of(event.id);
      }
      rows[i] = {users.add(event.user.str()), event.time.value_or(kNoTime), id, items.add(event.item.str()),
                 static_cast<std::uint32_t>(i)};
    }
    return rows;
  }
};

EventWriter::EventWriter(Catalog& catalog, std::string source)
    : state_(new State{catalog.database(), std::move(source), OrdinalCounter()}) {}
EventWriter::~EventWriter() = default;
EventWriter::EventWriter(EventWriter&&) noexcept = default;

base::Result<WriteCounts> EventWriter::add(std::span<const Event> events) {
  if (events.empty()) return WriteCounts{};
  KeyTable users;
  KeyTable items;
  MLA_ASSIGN(std::vector<Row> rows, state_->identify(events, users, items));

  MLA_ASSIGN(const store::Lease connection, state_->database.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_CHECK(users.resolve(*connection, "SELECT key FROM users WHERE id = ?",
                          "INSERT INTO users (id) VALUES (?) RETURNING key"));
  MLA_CHECK(items.resolve(*connection, "SELECT key FROM items WHERE id = ?",
                          "INSERT INTO items (id) VALUES (?) RETURNING key"));
  for (Row& row : rows) row.user = users.key(static_cast<std::uint32_t>(row.user));
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return std::tie(a.user, a.time, a.id) < std::tie(b.user, b.time, b.id); });

  MLA_ASSIGN(
      store::Statement * insert,
      connection->prepare("INSERT INTO events (user, time, id, item, type, given_id, weight, ms_played, context) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  WriteCounts counts;
  for (const Row& row : rows) {
    MLA_CHECK(insert_row(*insert, row, items.key(row.item), events[row.event]));
    ++(connection->changes() > 0 ? counts.added : counts.unchanged);
  }
  if (counts.added == 0) return counts;
  MLA_CHECK(record_write(*connection, users.created(), items.created(), counts.added));
  MLA_CHECK(transaction.commit());
  return counts;
}

}  // namespace mla::catalog
