#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/event.h"

namespace mla::catalog {

// One event with dense indices: what training reads, 24 bytes each.
struct Interaction {
  std::int32_t user;      // index of Interactions::users
  std::int32_t item;      // index of Interactions::items
  base::UnixMillis time;  // 0 = unknown
  float weight;
  EventType type;
};

// All events of a catalogue in memory.
struct Interactions {
  std::vector<base::UserId> users;  // every user, in the order of their first mention
  std::vector<base::ItemId> items;  // those of for_each_item, in its order
  std::vector<Interaction> rows;    // by user, then time (unknown first); events of removed items are left out
};

// An event that has a context.
struct EventContext {
  std::string_view user;
  std::string_view item;
  std::optional<base::UnixMillis> time;
  std::string_view context;  // JSON text
};
// Calls `visit` with each; an error from it stops and is returned.
base::Status for_each_event_context(const Catalog& catalog,
                                    const std::function<base::Status(const EventContext&)>& visit);

// About five times as fast as for_each_event and without a string an event.
base::Result<Interactions> read_interactions(const Catalog& catalog);

}  // namespace mla::catalog
