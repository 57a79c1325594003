#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// GF-CF (Shen et al., "How Powerful is Graph Convolution for Recommendation?", CIKM 2021), a closed form without
// training: scores = r (P + α D_I^-½ V Vᵀ D_I^½), the linear filter of the item graph P = R̃ᵀR̃ and an ideal low-pass
// filter of its `factors` leading eigenvectors V (impl/spectral_filter.h).
Algorithm gf_cf_algorithm();

}  // namespace mla::models
