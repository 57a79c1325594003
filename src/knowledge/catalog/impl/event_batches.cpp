#include "knowledge/catalog/impl/event_batches.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "knowledge/catalog/impl/batches.h"
#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {
namespace {

constexpr std::string_view kColumns[] = {"user",     "time",   "id",        "item",   "type",
                                         "given_id", "weight", "ms_played", "context"};

// Notes with these users that this revision changed them.
base::Status mark_changed(store::Connection& connection, std::span<const std::int64_t> users, std::int64_t revision) {
  return in_batches(users.size(), [&](std::size_t first, std::size_t count, std::size_t width) -> base::Status {
    MLA_ASSIGN(store::Statement * update,
               connection.prepare(fmt::format("UPDATE users SET changed = ? WHERE key IN ({})", repeated("?", width))));
    update->bind(1, revision);
    for (std::size_t i = 0; i < width; ++i) {
      update->bind(static_cast<int>(i) + 2, users[first + std::min(i, count - 1)]);
    }
    MLA_CHECK(update->step());
    update->reset();
    return {};
  });
}

}  // namespace

base::Result<EventBatch> EventBatch::make(std::span<const Event> events, std::string_view source,
                                          OrdinalCounter& ordinals) {
  EventBatch batch(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (base::Status valid = check(event); !valid.ok()) {
      return base::with_context(valid.error(), fmt::format("event {} of {}", i + 1, events.size()));
    }
    if (event.id.empty()) {
      const Identity content = content_identity(event, source);
      batch.identities_[i] = with_ordinal(content, ordinals.next(content));
    } else {
      batch.identities_[i] = identity_of(event.id);
    }
  }
  return batch;
}

// What the order of the table is made of; the rest is read from the event itself.
struct EventTable::Row {
  std::int64_t user;  // number in the key table, then key
  std::int64_t time;
  Identity id;
  std::uint32_t item;   // number in the key table
  std::uint32_t event;  // index in the batch
};

void EventTable::forget_unless(std::int64_t revision) {
  // What fails between here and the commit leaves keys that were made in a transaction which is undone.
  const bool holds = std::exchange(revision_, -1) == revision;
  for (KeyTable* table : {&users_, &items_}) {
    if (!holds || table->size() > remembered_ids_) table->clear();
  }
}

std::vector<EventTable::Row> EventTable::rows_of(const EventBatch& batch) {
  std::vector<Row> rows(batch.events().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Event& event = batch.events()[i];
    rows[i] = {.user = users_.add(event.user.str()),
               .time = event.time.value_or(kNoTime),
               .id = batch.identity(i),
               .item = items_.add(event.item.str()),
               .event = static_cast<std::uint32_t>(i)};
  }
  return rows;
}

base::Result<std::int64_t> EventTable::insert(store::Connection& connection, std::span<const Row> rows,
                                              const EventBatch& batch) {
  MLA_ASSIGN(const std::unique_ptr<store::BulkInsert> insert, connection.bulk_insert("events", kColumns));
  for (const Row& row : rows) {
    const Event& event = batch.events()[row.event];
    insert->add(row.user);
    insert->add(row.time);
    insert->add(std::span<const std::byte>(row.id));
    insert->add(items_.key(row.item));
    insert->add(static_cast<std::int64_t>(event.type));
    insert->add(std::int64_t{event.id.empty() ? 0 : 1});
    insert->add(event.weight);
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

base::Status EventTable::write(std::span<EventBatch* const> batches) {
  MLA_ASSIGN(const store::Lease connection, database_.acquire_writer());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::int64_t revision, read_total(*connection, "revision"));
  forget_unless(revision);
  std::vector<std::vector<Row>> rows;
  rows.reserve(batches.size());
  for (const EventBatch* batch : batches) rows.push_back(rows_of(*batch));
  MLA_ASSIGN(const std::int64_t new_users, users_.resolve(*connection));
  MLA_ASSIGN(const std::int64_t new_items, items_.resolve(*connection));

  std::int64_t new_events = 0;
  std::vector<std::int64_t> changed;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    for (Row& row : rows[b]) row.user = users_.key(static_cast<std::uint32_t>(row.user));
    std::ranges::sort(rows[b], {}, [](const Row& row) { return std::tie(row.user, row.time, row.id); });
    MLA_ASSIGN(const std::int64_t added, insert(*connection, rows[b], *batches[b]));
    batches[b]->counts = {.added = added, .unchanged = static_cast<std::int64_t>(rows[b].size()) - added};
    new_events += added;
    if (added == 0) continue;
    for (const Row& row : rows[b]) changed.push_back(row.user);
  }
  if (new_events == 0 && new_users == 0 && new_items == 0) {
    revision_ = revision;
    return {};
  }
  std::ranges::sort(changed);
  changed.erase(std::ranges::unique(changed).begin(), changed.end());
  MLA_CHECK(mark_changed(*connection, changed, revision + 1));
  MLA_CHECK(record_write(
      *connection, {.users = new_users, .items = new_items, .events = new_events, .items_changed = new_items > 0}));
  MLA_CHECK(transaction.commit());
  revision_ = revision + 1;
  return {};
}

}  // namespace mla::catalog
