#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"

namespace mla::http {

// One part of a multipart/form-data body; `content` points into the body.
struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // as the client sent it
  std::string_view content;
};

// Reads a body after RFC 7578 (RFC 2046 5.1): at most kMostParts parts, headers of at most 8 KiB each. kInvalidArgument
// says what is wrong: no boundary, a part without a name, a name that comes twice, a body that ends too early, or bytes
// after its end that are not white space.
base::Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body);

inline constexpr std::size_t kMostParts = 16;

// The value of a parameter of a header (`boundary` of a Content-Type), its quotes taken off; nothing without it.
std::optional<std::string> header_parameter(std::string_view header, std::string_view name);

}  // namespace mla::http
