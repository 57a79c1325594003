#pragma once

#include <span>
#include <string_view>

#include "foundation/base/gather.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/impl/event_batches.h"

namespace mla::catalog {

// Writes what several threads bring: one writes, and those that come meanwhile are written together after it. A batch
// of events changes about two pages of the database for each of them, most of which the batches beside it change, too;
// and what makes a transaction durable costs the same for one as for many. Thread-safe.
class EventInbox {
 public:
  explicit EventInbox(store::Database& database) : table_(database, kRememberedIds) {}

  // As Catalog::add_events.
  base::Result<WriteCounts> add(std::span<const Event> events, std::string_view source);
  // How many batches are not written yet.
  std::size_t unwritten() const { return gather_.unanswered(); }

 private:
  static constexpr std::size_t kRememberedIds = 200'000;
  static constexpr std::size_t kMostTogether = 64;

  struct Waiting {
    EventBatch batch;
    base::Status status = {};
  };

  base::Gather<Waiting> gather_{1, kMostTogether};
  EventTable table_;  // used by the one who writes
};

}  // namespace mla::catalog
