#pragma once

#include <string_view>

#include "foundation/base/result.h"
#include "learning/plugins/plugin.h"

namespace mla::plugins {

// Maps the bytes of a shared library into this process for good and asks it for its plugin. What is mapped is a sealed
// copy of these very bytes, so that what was checked is what runs; the library is found under no path of its own
// ($ORIGIN is of no use to it).
// kUnsupported: it cannot be loaded (libraries that it needs are missing, another architecture), it does not export
// mla_plugin_entry, or it is made for another ABI. kCorrupt: what it says of itself is not whole.
base::Result<const mla_plugin*> open_library(std::string_view bytes);

// kUnsupported or kCorrupt if that is no plugin of this ABI.
base::Status check_plugin(const mla_plugin* plugin);

}  // namespace mla::plugins
