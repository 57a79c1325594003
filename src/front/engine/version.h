#pragma once

#include <string_view>

namespace mla::engine {

inline constexpr std::string_view kVersion = MLA_VERSION;

}  // namespace mla::engine
