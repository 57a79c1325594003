#pragma once

#include <span>
#include <string>
#include <string_view>

#include "knowledge/catalog/item.h"

namespace mla::apps {

// Extended M3U in UTF-8: the items that have a path, in their order.
std::string to_m3u8(std::string_view title, std::span<const catalog::Item> items);

// JSON Shareable Playlist Format (https://xspf.org/jspf): every item, with its location where it has a path and MBID
// and ISRC as identifiers where it has them; durations in milliseconds.
std::string to_jspf(std::string_view title, std::span<const catalog::Item> items);

}  // namespace mla::apps
