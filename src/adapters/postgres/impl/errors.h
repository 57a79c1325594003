#pragma once

#include <string_view>

#include <libpq-fe.h>

#include "foundation/base/result.h"

namespace mla::postgres {

// What the server said of a statement that failed; `name` is what people call this database.
base::Error error_of(const PGresult* result, std::string_view name);

// What libpq says of a connection that was not made or broke.
base::Error unreachable(const PGconn* connection, std::string_view name);

}  // namespace mla::postgres
