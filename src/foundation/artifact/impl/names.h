#pragma once

#include <algorithm>
#include <string_view>

namespace mla::artifact {

inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kWeightsName = "model.safetensors";

// Letters, digits, '-', '_' and '.', not starting with a dot, at most 100: safe as a file or folder name.
inline bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

}  // namespace mla::artifact
