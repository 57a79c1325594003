#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::store {

enum class ColumnType : std::uint8_t { kInteger, kReal, kText, kBlob };

struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool draws_numbers = false;  // an INTEGER PRIMARY KEY, which numbers rows that name none
  bool operator==(const Column&) const = default;
};

struct Table {
  std::string name;
  std::vector<Column> columns;  // by name
  bool operator==(const Table&) const = default;
};

// The tables of the database (of PostgreSQL: of the first schema of the search path), in the order in which they were
// made, so that a table comes after those that it refers to. kUnsupported for a column of a type that is none of ours.
base::Result<std::vector<Table>> tables(Connection& connection);

}  // namespace mla::store
