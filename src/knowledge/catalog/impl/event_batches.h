#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/event.h"
#include "knowledge/catalog/impl/event_identity.h"
#include "knowledge/catalog/impl/key_table.h"
#include "knowledge/catalog/impl/ordinals.h"

namespace mla::catalog {

// Events that are new as a whole or not at all, checked and named: what of them needs no database.
class EventBatch {
 public:
  // kInvalidArgument if an event is not valid. `ordinals` tells equal events without an id apart. `events` outlive
  // this.
  static base::Result<EventBatch> make(std::span<const Event> events, std::string_view source,
                                       OrdinalCounter& ordinals);

  std::span<const Event> events() const { return events_; }
  const Identity& identity(std::size_t i) const { return identities_[i]; }

  WriteCounts counts;  // once it is written

 private:
  explicit EventBatch(std::span<const Event> events) : events_(events), identities_(events.size()) {}

  std::span<const Event> events_;
  std::vector<Identity> identities_;
};

// Writes batches of events and remembers the keys of users and items that they name, as long as nobody else writes.
// Not thread-safe.
class EventTable {
 public:
  // About 80 bytes for each id that is remembered.
  EventTable(store::Database& database, std::size_t remembered_ids)
      : database_(database), remembered_ids_(remembered_ids) {}

  // Adds what is new of all of them in one transaction, durable when it returns, and fills their counts; after an error
  // nothing was added.
  base::Status write(std::span<EventBatch* const> batches);

 private:
  struct Row;
  struct Pending;

  // What is known of keys holds if the revision is still the one that the last write left.
  void forget_unless(std::int64_t revision);
  // In one pass over all of them each page is visited once, but whose it was that was there already is not seen: then
  // nothing is written and the answer is false. One pass for each batch sees it.
  enum class Pass : std::uint8_t { kOne, kOneEach };
  base::Result<bool> write(std::span<EventBatch* const> batches, Pass pass);
  base::Result<Pending> prepare(store::Connection& connection, std::span<EventBatch* const> batches);
  // Returns how many rows were new. REQUIRES: rows in the order of the table's key.
  base::Result<std::int64_t> insert(store::Connection& connection, std::span<const Row> rows) const;
  // Batch by batch; fills their counts.
  base::Result<std::int64_t> insert_each(store::Connection& connection, std::span<const Row> rows,
                                         std::span<EventBatch* const> batches) const;
  // Whom the rows of batches that added something change, and for an archive what of their history is to be told.
  static base::Status note_changes(store::Connection& connection, std::span<const Row> rows,
                                   std::span<EventBatch* const> batches, std::int64_t revision);

  store::Database& database_;
  const std::size_t remembered_ids_;
  KeyTable users_{"users"};
  KeyTable items_{"items"};
  std::int64_t revision_ = -1;  // -1: the keys do not hold
};

}  // namespace mla::catalog
