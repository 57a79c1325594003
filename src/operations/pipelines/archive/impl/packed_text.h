#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::pipelines {

// Its length (u32, little-endian), then a zlib stream of it. The same text gives the same bytes.
// REQUIRES: text.size() <= kMostUnpacked.
inline constexpr std::size_t kMostUnpacked = 64 << 20;
std::string pack(std::string_view text);
// kCorrupt for what `pack` has not made.
base::Result<std::string> unpack(std::span<const std::byte> packed);

}  // namespace mla::pipelines
