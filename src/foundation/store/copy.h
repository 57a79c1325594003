#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/store/database.h"

namespace mla::store {

// What the rows of a table come to, in any order: their number and a sum of their 128-bit hashes (XXH3).
struct TableSum {
  std::string table;
  std::int64_t rows = 0;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const TableSum&) const = default;
};

// The sum of each table, in the order of tables().
base::Result<std::vector<TableSum>> table_sums(Connection& connection, base::Work& work);

// kAlreadyExists if `target` holds a table or a row that `fresh` has not, a database which has been migrated and
// nothing else. A target without tables is empty, too, and so is one that an older version has made and nobody has
// used.
base::Status check_empty(Connection& target, Connection& fresh, base::Work& work);

// Copies every row of `from` into `to`, on whichever engines they are, reads them there again and compares. One state
// of `from`, and one transaction of `to`: what fails or is cancelled on the way leaves `to` as it was. Bounded memory.
// REQUIRES: all three have been migrated by this program.
// Errors: those of check_empty; kUnsupported if the tables of `from` are not those of `to`; kCorrupt if the rows read
// back are others.
base::Result<std::vector<TableSum>> copy_database(Database& from, Database& to, Database& fresh, base::Work& work);

}  // namespace mla::store
