#pragma once

#include <map>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::http {

// Text of application/x-www-form-urlencoded, decoded: "+" is a blank. kInvalidArgument for a broken "%", for what is
// not UTF-8 and for control characters.
base::Result<std::string> decode_form_text(std::string_view text, std::string_view what = "The form");

// The fields of a form body, or of a query: `what` names it in errors. kInvalidArgument for broken text, more than 32
// fields, or a field that comes twice (RFC 6749 3.2), whose two readers might not read the same.
base::Result<std::map<std::string, std::string, std::less<>>> parse_form(std::string_view body,
                                                                         std::string_view what = "The form");

}  // namespace mla::http
