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

}  // namespace mla::models::impl
