#pragma once

#include <cstddef>
#include <vector>

#include "foundation/math/top_k.h"

namespace mla::math {

// Leaves the k best (`better`) in an unspecified but reproducible order. Two passes that count and copy without
// branches instead of the unpredictable comparisons of a partition: several times faster from some hundred entries on.
// REQUIRES: no score is NaN; indices are unique.
void keep_best(std::vector<Scored>& scored, std::size_t k);

}  // namespace mla::math
