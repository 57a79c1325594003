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

inline constexpr std::string_view kFindUser = "SELECT key FROM users WHERE id = ?";
inline constexpr std::string_view kMakeUser = "INSERT INTO users (id) VALUES (?) RETURNING key";
inline constexpr std::string_view kFindItem = "SELECT key FROM items WHERE id = ?";
inline constexpr std::string_view kMakeItem = "INSERT INTO items (id) VALUES (?) RETURNING key";

// One of users, items, events (how many there are) and revision (moved on by every write of items or events).
base::Result<std::int64_t> read_total(store::Connection& connection, std::string_view name);

// Adds to the stored totals and moves the revision on; part of every write of items or events.
base::Status record_write(store::Connection& connection, std::int64_t users, std::int64_t items, std::int64_t events);

}  // namespace mla::catalog
