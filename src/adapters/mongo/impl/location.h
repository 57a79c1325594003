#pragma once

#include <string>
#include <string_view>

#include "adapters/mongo/impl/handles.h"
#include "foundation/base/result.h"

namespace mla::mongo {

// What a MONGODB_URL points at.
struct Location {
  Uri uri;
  std::string database;
  std::string text;  // for messages: where, without who
};

// See mongo::open. `timeout` in seconds, for what the URL does not say. No message holds a password.
base::Result<Location> parse_location(std::string_view url, double timeout);

}  // namespace mla::mongo
