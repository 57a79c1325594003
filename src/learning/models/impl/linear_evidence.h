#pragma once

#include <span>
#include <vector>

#include "foundation/math/matrix.h"
#include "learning/models/impl/play_weights.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// What scores(j) = Σ_h weight(h) values(j, h) lose without single items of the history, other weights changing with
// them: for each row of `values` (asked items × history) at most `limit` losses, strongest first. Losses of at most
// least[j], which can be rounding, are left out; without `least` all above 0 stay.
std::vector<std::vector<Evidence>> linear_evidence(std::span<const HistoryEntry> history, const Weigh& weigh,
                                                   const math::Matrix& values, std::span<const double> least,
                                                   std::size_t limit);

}  // namespace mla::models::impl
