#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::postgres {

// `sql` with its ?, from left to right, as $1, $2, …; those in quotes and comments stay.
// kInternal for the bare word user, which names the role of the connection in PostgreSQL and a column in ours: it is to
// be written as "user" or with its table, e.user.
base::Result<std::string> numbered(std::string_view sql);

}  // namespace mla::postgres
