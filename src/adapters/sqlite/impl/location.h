#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::sqlite {

// What a DATABASE_URL or path points at.
struct Location {
  std::string path;  // empty: in memory
  bool in_memory() const { return path.empty(); }
};

// kUnsupported for the URL of another engine, kInvalidArgument for an empty text or a malformed URL.
base::Result<Location> parse_location(std::string_view where);

}  // namespace mla::sqlite
