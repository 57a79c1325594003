#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "foundation/store/database.h"
#include "foundation/store/migrations.h"

namespace mla::catalog {

// The tables of the catalogue, documented in docs/formats.md.
std::span<const store::Migration> migrations();

// What events without a known time have in the column events.time.
inline constexpr std::int64_t kNoTime = -1;

// One of users, items, events (how many there are), revision (moved on by every write), items_revision (moved on by
// every write that changes what items are or which of them are one) and erasures (moved on by erasing a user).
base::Result<std::int64_t> read_total(store::Connection& connection, std::string_view name);

// What a write did: totals that grew, and whether it only told what listeners did.
struct Written {
  std::int64_t users = 0;
  std::int64_t items = 0;
  std::int64_t events = 0;
  bool items_changed = true;
};

// Adds to the stored totals and moves the revisions on; part of every write.
base::Status record_write(store::Connection& connection, const Written& written);

// Notes with these keys of users that they changed with this revision, which no user had before.
base::Status mark_changed(store::Connection& connection, std::span<const std::int64_t> users, std::int64_t revision);

}  // namespace mla::catalog
