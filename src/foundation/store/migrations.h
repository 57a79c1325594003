#pragma once

#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::store {

// The statements of a schema in the words of `dialect`. They are written in SQLite's: for PostgreSQL INTEGER becomes
// BIGINT, REAL becomes DOUBLE PRECISION, BLOB becomes BYTEA, TEXT compares byte by byte (COLLATE "C"), an INTEGER
// PRIMARY KEY draws its numbers, and WITHOUT ROWID goes. What stands in quotes stays.
std::string spelled(std::string_view schema, Dialect dialect);

// One step of a schema. Numbers count 1, 2, 3, … and a released step is never edited: a change is a new step.
struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;  // one or more statements, see spelled()
};

// Brings the tables of `component` (a room: "catalog") up to date: each missing step in one transaction, recorded in
// the table schema_migrations. Safe when several processes open at once: the second waits and finds the work done.
// A database with steps that this program does not know is refused with kUnsupported and left as it is.
// REQUIRES: numbers of `migrations` are 1, 2, 3, … in this order.
base::Status migrate(Connection& connection, std::string_view component, std::span<const Migration> migrations);

// The number of the last step applied; 0 for a database that has none of the component's tables.
base::Result<int> schema_version(Connection& connection, std::string_view component);

}  // namespace mla::store
