#pragma once

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::security {

// The tables of this room (docs/formats.md), brought up to date; kUnsupported for newer ones.
base::Status migrate(store::Connection& connection);

}  // namespace mla::security
