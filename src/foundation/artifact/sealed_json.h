#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"

// A JSON object in a file that notices when it was changed: one line whose last key, "sha256", is the SHA-256 of the
// bytes before that key's comma. It guards against accidents, not against somebody who computes the hash anew.
namespace mla::artifact {

// REQUIRES: `object` is not empty and has no key "sha256".
std::string seal(const boost::json::object& object);

// The object without its seal. kCorrupt, as the end of a sentence about the file, for anything that `seal` does not
// write.
base::Result<boost::json::object> unseal(std::string_view text);

}  // namespace mla::artifact
