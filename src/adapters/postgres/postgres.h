#pragma once

#include <memory>
#include <string>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::postgres {

struct Options {
  int max_connections = 32;           // lent at once; idle ones are kept
  int connect_timeout_seconds = 5;    // unless the URL says connect_timeout
  int busy_timeout_ms = 10'000;       // how long a writer waits for another one, and a caller for a free connection
  int statement_timeout_ms = 30'000;  // how long the server may be silent within a statement; then it counts as gone
  int retry_pause_ms = 1'000;         // after a failure to connect all callers get its error for so long
};

// Opens a database that is there: `url` is a connection URI of libpq (postgresql://user:password@host:port/name?…).
// Tables are made in the first schema of the search path. A transaction is durable when its commit returns, whatever
// the server's synchronous_commit says. A connection that broke is replaced by the next acquire().
// One writer at a time, as the port promises: a transaction holds an advisory lock of its schema.
// Errors: kInvalidArgument for a malformed URL, kUnsupported for a server before version 12 or a database that is not
// in UTF-8, kBusy if the server cannot be reached.
base::Result<std::unique_ptr<store::Database>> open(const std::string& url, const Options& options = {});

}  // namespace mla::postgres
