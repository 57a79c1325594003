#pragma once

#include <span>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/math/csr.h"
#include "learning/models/impl/play_weights.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

// What an item of a history weighs.
struct WeightedItem {
  std::int32_t item;
  float weight;
};
using WeightedItems = std::vector<WeightedItem>;

WeightedItems weighted(std::span<const HistoryEntry> history, const PlayWeights& play_weights);

// r ← D_U^-α r D_I^(α-1) with the sums of rows and columns of r in D_U and D_I, so that RᵀR, the graph of items that
// share listeners, has eigenvalues in [0, 1]. Rows and columns that sum to 0 stay 0. Returns D_I.
std::vector<double> normalise_degrees(math::CsrMatrix& r, double alpha);

// What a score loses without single items of the history, for score = Σ_h weight(h) values[h]: weights of the other
// items change with it. Strongest first; losses of at most `least`, which can be rounding, are left out.
std::vector<Evidence> linear_evidence(std::span<const HistoryEntry> history, const PlayWeights& play_weights,
                                      std::span<const float> values, std::size_t limit, double least);

}  // namespace mla::models::impl
