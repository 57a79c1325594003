#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::sqlite {

struct Options {
  int busy_timeout_ms = 10'000;     // how long a writer waits for another one, and a caller for a free connection
  int max_connections = 64;         // lent at once; idle ones are kept
  std::int64_t cache_kib = 16'384;  // page cache of each connection, filled as needed
  std::int64_t writer_cache_kib = 131'072;  // of the one for those who write much: holds what a transaction changes
  std::int64_t max_pages = 0;               // > 0: the database may not grow beyond this many pages of 4 KiB
};

// Opens or makes a database. `where` is a path or a URL: sqlite:///relative/path, sqlite:////absolute/path, or
// sqlite:// for one in memory that all connections share and that ends with the Database (and its leases).
// Missing parent folders are made; a new file is its owner's alone (mode 0600). WAL with synchronous=FULL: what was
// committed survives kill -9 and power loss.
base::Result<std::unique_ptr<store::Database>> open(std::string_view where, const Options& options = {});

}  // namespace mla::sqlite
