#include "knowledge/catalog/event_writer.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "knowledge/catalog/impl/archive_rows.h"
#include "knowledge/catalog/impl/batches.h"
#include "knowledge/catalog/impl/event_identity.h"
#include "knowledge/catalog/impl/key_table.h"
#include "knowledge/catalog/impl/ordinals.h"
#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {
namespace {

constexpr std::string_view kColumns[] = {"user",     "time",   "id",        "item",   "type",
                                         "given_id", "weight", "ms_played", "context"};
// Ids whose keys are remembered from batch to batch, about 80 bytes each.
constexpr std::size_t kRememberedIds = 1'000'000;

// What an event is in the table; the rest is read from the event itself.
struct Row {
  std::int64_t user;  // number in the key table, then key
  std::int64_t time;
  Identity id;
  double weight;
  std::uint32_t item;   // number in the key table
  std::uint32_t event;  // index in the span
  EventType type;
  bool given_id;
};

// REQUIRES: rows in the order of their users.
std::vector<std::int64_t> users_of(std::span<const Row> rows) {
  std::vector<std::int64_t> users;
  for (const Row& row : rows) {
    if (users.empty() || users.back() != row.user) users.push_back(row.user);
  }
  return users;
}

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

// Leaves for an archive the stretch of each listener's history that these rows lie in. REQUIRES: as
// users_of.
base::Status queue_for_archive(store::Connection& connection, std::span<const Row> rows, std::int64_t revision) {
  MLA_ASSIGN(const bool follows, archive_follows(connection));
  if (!follows) return {};
  constexpr std::string_view kQueueColumns[] = {"revision", "user", "from_time", "from_id", "to_time", "to_id"};
  MLA_ASSIGN(const std::unique_ptr<store::BulkInsert> insert, connection.bulk_insert("archive_queue", kQueueColumns));
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t end = first + 1;
    while (end < rows.size() && rows[end].user == rows[first].user) ++end;
    insert->add(revision);
    insert->add(rows[first].user);
    insert->add(rows[first].time);
    insert->add(std::span<const std::byte>(before(rows[first].id)));
    insert->add(rows[end - 1].time);
    insert->add(std::span<const std::byte>(rows[end - 1].id));
    MLA_CHECK(insert->end_row());
    first = end;
  }
  MLA_CHECK(insert->finish());
  return {};
}

}  // namespace

struct EventWriter::State {
  store::Database& database;
  std::string source;
  OrdinalCounter ordinals{};
  // Keys of earlier batches hold as long as nobody else has written: the revision shows it. -1: they do not hold.
  KeyTable users{"users"};
  KeyTable items{"items"};
  std::int64_t revision = -1;

  // Checks the events and names them; users and items are numbers in the key tables.
  base::Result<std::vector<Row>> identify(std::span<const Event> events) {
    std::vector<Row> rows(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      if (base::Status valid = check(event); !valid.ok()) {
        return base::with_context(valid.error(), fmt::format("event {} of {}", i + 1, events.size()));
      }
      Row& row = rows[i];
      row.given_id = !event.id.empty();
      if (row.given_id) {
        row.id = identity_of(event.id);
      } else {
        row.id = content_identity(event, source);
        row.id = with_ordinal(row.id, ordinals.next(row.id));
      }
      row.user = users.add(event.user.str());
      row.time = event.time.value_or(kNoTime);
      row.weight = event.weight;
      row.item = items.add(event.item.str());
      row.event = static_cast<std::uint32_t>(i);
      row.type = event.type;
    }
    return rows;
  }

  // Returns how many rows were new. REQUIRES: rows in the order of the table's key.
  base::Result<std::int64_t> insert(store::Connection& connection, std::span<const Row> rows,
                                    std::span<const Event> events) const {
    MLA_ASSIGN(const std::unique_ptr<store::BulkInsert> insert, connection.bulk_insert("events", kColumns));
    for (const Row& row : rows) {
      const Event& event = events[row.event];
      insert->add(row.user);
      insert->add(row.time);
      insert->add(std::span<const std::byte>(row.id));
      insert->add(items.key(row.item));
      insert->add(static_cast<std::int64_t>(row.type));
      insert->add(std::int64_t{row.given_id ? 1 : 0});
      insert->add(row.weight);
      if (event.ms_played) {
        insert->add(*event.ms_played);
      } else {
        insert->add_null();
      }
      if (event.context.empty()) {
        insert->add_null();
      } else {
        insert->add(event.context);
      }
      MLA_CHECK(insert->end_row());
    }
    return insert->finish();
  }
};

EventWriter::EventWriter(Catalog& catalog, std::string source)
    : state_(new State{catalog.database(), std::move(source)}) {}
EventWriter::~EventWriter() = default;
EventWriter::EventWriter(EventWriter&&) noexcept = default;

base::Result<WriteCounts> EventWriter::add(std::span<const Event> events) {
  if (events.empty()) return WriteCounts{};
  State& state = *state_;
  for (KeyTable* table : {&state.users, &state.items}) {
    if (table->size() > kRememberedIds) table->clear();
  }
  MLA_ASSIGN(std::vector<Row> rows, state.identify(events));

  MLA_ASSIGN(const store::Lease connection, state.database.acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::int64_t revision, read_total(*connection, "revision"));
  // What fails from here on leaves keys that were made in a transaction which is undone.
  if (std::exchange(state.revision, -1) != revision) {
    state.users.forget_keys();
    state.items.forget_keys();
  }
  MLA_ASSIGN(const std::int64_t new_users, state.users.resolve(*connection));
  MLA_ASSIGN(const std::int64_t new_items, state.items.resolve(*connection));
  for (Row& row : rows) row.user = state.users.key(static_cast<std::uint32_t>(row.user));
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return std::tie(a.user, a.time, a.id) < std::tie(b.user, b.time, b.id); });
  MLA_ASSIGN(const std::int64_t added, state.insert(*connection, rows, events));
  const WriteCounts counts{.added = added, .unchanged = static_cast<std::int64_t>(events.size()) - added};
  if (added == 0 && new_users == 0 && new_items == 0) {
    state.revision = revision;
    return counts;
  }
  if (added > 0) {
    MLA_CHECK(mark_changed(*connection, users_of(rows), revision + 1));
    MLA_CHECK(queue_for_archive(*connection, rows, revision + 1));
  }
  MLA_CHECK(record_write(*connection,
                         {.users = new_users, .items = new_items, .events = added, .items_changed = new_items > 0}));
  MLA_CHECK(transaction.commit());
  state.revision = revision + 1;
  return counts;
}

}  // namespace mla::catalog
