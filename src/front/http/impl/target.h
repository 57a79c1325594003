#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace mla::http {

// The path's segments, percent-decoded after splitting, so that "%2F" stays inside its segment.
// Takes "/path?query" and "http://host/path?query"; the query is dropped. kInvalidArgument for anything else, for
// wrong percent-encoding, for text that is not UTF-8 and for control characters. "/a/" has an empty last segment.
base::Result<std::vector<std::string>> split_target(std::string_view target);

// Percent-encoded text, decoded. kInvalidArgument, said of `what` ("The path"), for a "%" without two digits, text that
// is not UTF-8 and control characters.
base::Result<std::string> decode_percent(std::string_view text, std::string_view what);

}  // namespace mla::http
