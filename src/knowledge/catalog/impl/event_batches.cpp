#include "knowledge/catalog/impl/event_batches.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "knowledge/catalog/impl/archive_rows.h"
#include "knowledge/catalog/impl/schema.h"

namespace mla::catalog {
namespace {

constexpr std::string_view kColumns[] = {"user",     "time",   "id",        "item",   "type",
                                         "given_id", "weight", "ms_played", "context"};

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
  const Event* event;
  std::uint32_t item;   // number in the key table
  std::uint32_t batch;  // index
};

struct EventTable::Pending {
  std::vector<Row> rows;
  std::int64_t new_users = 0;
  std::int64_t new_items = 0;
};

void EventTable::forget_unless(std::int64_t revision) {
  // What fails between here and the commit leaves keys that were made in a transaction which is undone.
  const bool holds = std::exchange(revision_, -1) == revision;
  for (KeyTable* table : {&users_, &items_}) {
    if (!holds || table->size() > remembered_ids_) table->clear();
  }
}

base::Result<EventTable::Pending> EventTable::prepare(store::Connection& connection,
                                                      std::span<EventBatch* const> batches) {
  Pending pending;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const std::span<const Event> events = batches[b]->events();
    for (std::size_t i = 0; i < events.size(); ++i) {
      pending.rows.push_back({.user = users_.add(events[i].user.str()),
                              .time = events[i].time.value_or(kNoTime),
                              .id = batches[b]->identity(i),
                              .event = &events[i],
                              .item = items_.add(events[i].item.str()),
                              .batch = static_cast<std::uint32_t>(b)});
    }
  }
  MLA_ASSIGN(pending.new_users, users_.resolve(connection));
  MLA_ASSIGN(pending.new_items, items_.resolve(connection));
  for (Row& row : pending.rows) row.user = users_.key(static_cast<std::uint32_t>(row.user));
  // Of what several batches have, the first one adds it.
  std::ranges::stable_sort(pending.rows, {}, [](const Row& row) { return std::tie(row.user, row.time, row.id); });
  return pending;
}

base::Status EventTable::note_changes(store::Connection& connection, std::span<const Row> rows,
                                      std::span<EventBatch* const> batches, std::int64_t revision) {
  std::vector<std::int64_t> users;
  std::vector<Stretch> stretches;
  for (const Row& row : rows) {
    if (batches[row.batch]->counts.added == 0) continue;
    if (users.empty() || users.back() != row.user) {
      users.push_back(row.user);
      stretches.push_back({.user = row.user, .from_time = row.time, .from_id = row.id});
    }
    stretches.back().to_time = row.time;
    stretches.back().to_id = row.id;
  }
  MLA_CHECK(mark_changed(connection, users, revision));
  if (users.empty()) return {};
  MLA_ASSIGN(const bool follows, archive_follows(connection));
  return follows ? queue_stretches(connection, revision, stretches) : base::Status();
}

base::Result<std::int64_t> EventTable::insert(store::Connection& connection, std::span<const Row> rows) const {
  MLA_ASSIGN(const std::unique_ptr<store::BulkInsert> insert, connection.bulk_insert("events", kColumns));
  for (const Row& row : rows) {
    const Event& event = *row.event;
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

base::Result<std::int64_t> EventTable::insert_each(store::Connection& connection, std::span<const Row> rows,
                                                   std::span<EventBatch* const> batches) const {
  std::vector<std::vector<Row>> of_batch(batches.size());
  for (const Row& row : rows) of_batch[row.batch].push_back(row);
  std::int64_t all = 0;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    MLA_ASSIGN(const std::int64_t added, insert(connection, of_batch[b]));
    batches[b]->counts = {.added = added, .unchanged = static_cast<std::int64_t>(of_batch[b].size()) - added};
    all += added;
  }
  return all;
}

base::Status EventTable::write(std::span<EventBatch* const> batches) {
  if (batches.size() > 1) {
    MLA_ASSIGN(const bool all_new, write(batches, Pass::kOne));
    if (all_new) return {};
  }
  MLA_CHECK(write(batches, Pass::kOneEach));
  return {};
}

base::Result<bool> EventTable::write(std::span<EventBatch* const> batches, Pass pass) {
  MLA_ASSIGN(const store::Lease connection, database_.acquire_writer());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::int64_t revision, read_total(*connection, "revision"));
  forget_unless(revision);
  MLA_ASSIGN(const Pending pending, prepare(*connection, batches));
  MLA_ASSIGN(const std::int64_t added,
             pass == Pass::kOne ? insert(*connection, pending.rows) : insert_each(*connection, pending.rows, batches));
  if (pass == Pass::kOne) {
    if (added != static_cast<std::int64_t>(pending.rows.size())) return false;
    for (EventBatch* batch : batches) batch->counts = {.added = static_cast<std::int64_t>(batch->events().size())};
  }
  if (added == 0 && pending.new_users == 0 && pending.new_items == 0) {
    revision_ = revision;
    return true;
  }
  MLA_CHECK(note_changes(*connection, pending.rows, batches, revision + 1));
  MLA_CHECK(record_write(*connection, {.users = pending.new_users,
                                       .items = pending.new_items,
                                       .events = added,
                                       .items_changed = pending.new_items > 0}));
  MLA_CHECK(transaction.commit());
  revision_ = revision + 1;
  return true;
}

}  // namespace mla::catalog
