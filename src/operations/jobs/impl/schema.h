#pragma once

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::jobs {

// The table of this room (docs/formats.md), brought up to date; kUnsupported for a newer one.
base::Status migrate(store::Connection& connection);

}  // namespace mla::jobs
