#pragma once

#include <cstdint>
#include <span>

#include "foundation/store/database.h"
#include "foundation/store/migrations.h"

namespace mla::catalog {

// The tables of the catalogue, documented in docs/formats.md.
std::span<const store::Migration> migrations();

// What events without a known time have in the column events.time.
inline constexpr std::int64_t kNoTime = -1;

// Adds to the stored totals and moves the revision on; part of every write of items or events.
base::Status record_write(store::Connection& connection, std::int64_t users, std::int64_t items, std::int64_t events);

}  // namespace mla::catalog
