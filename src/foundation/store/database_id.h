#pragma once

#include <string>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::store {

// A name of this database in 32 hexadecimal digits, drawn when it is first asked for and the same ever after, whoever
// asks. By it servers that share something beside the database know what belongs to it. A copy of the file has the same
// one, what `migrate` makes one of its own.
base::Result<std::string> database_id(Connection& connection);

}  // namespace mla::store
