#pragma once

#include <optional>
#include <string_view>

namespace mla::config {

// config/<environment>.yaml as it was at build time; nothing if there is no such environment.
std::optional<std::string_view> embedded_file(std::string_view environment);

}  // namespace mla::config
