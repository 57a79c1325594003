#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::catalog {

// A statement over many values costs one trip to the database. It comes in few widths, so that each is prepared once a
// connection; places that are left over take the last value again, which changes nothing in `IN (…)` and before
// `ON CONFLICT DO NOTHING`.
inline constexpr std::size_t kBatchWidths[] = {1, 16, 256};

// "?, ?, ?" for ("?", 3).
inline std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    if (i > 0) text += ", ";
    text += what;
  }
  return text;
}

// Calls `run(first, count, width)`, which answers a base::Status, for [0, size) in pieces of `count` values that a
// statement of `width` >= `count` takes.
template <class Run>
base::Status in_batches(std::size_t size, Run&& run) {
  for (std::size_t first = 0; first < size;) {
    const std::size_t left = size - first;
    const auto* const fits = std::ranges::find_if(kBatchWidths, [left](std::size_t width) { return width >= left; });
    const std::size_t width = fits == std::end(kBatchWidths) ? *std::ranges::max_element(kBatchWidths) : *fits;
    const std::size_t count = std::min(left, width);
    MLA_CHECK(run(first, count, width));
    first += count;
  }
  return {};
}

}  // namespace mla::catalog
