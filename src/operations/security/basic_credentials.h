#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mla::security {

// Name and password of the header `Authorization: Basic …` (RFC 7617), as they stand there; nothing for other schemes
// and broken ones. At most 4096 bytes.
std::optional<std::pair<std::string, std::string>> parse_basic(std::string_view authorization);

}  // namespace mla::security
