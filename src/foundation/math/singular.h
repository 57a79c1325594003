#pragma once

#include <cstddef>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/csr.h"
#include "foundation/math/matrix.h"

namespace mla::math {

// The strongest part of A = U · diag(values) · Vᵀ.
struct RightSingular {
  std::vector<float> values;  // descend, > 0
  Matrix vectors;             // cols of A × values.size(), orthonormal columns
};

// The k leading right singular vectors of a sparse matrix, fewer if its rank is lower (squares below 1e-5 of the
// greatest count as zero), by randomised block subspace iteration with Rayleigh-Ritz (Halko, Martinsson & Tropp,
// "Finding structure with randomness", SIAM Review 2011): a random block of k + 16 vectors on the smaller side goes
// through AAᵀ (or AᵀA) `passes` times and is made orthonormal after each. An error along a vector beyond the block
// falls with (σ_block / σ_i)^(2 · passes): few passes are exact where values fall fast; where they hardly fall, the
// block's edge stays soft, and vectors near k hold parts of those beyond. Where the block spans the smaller side the
// result is exact. Random numbers come from work.seed.
// Cost a pass: 2 (k + 16) a.size() + 2 (k + 16)² min(rows, cols) multiply-adds. `transposed` is transpose(a).
// REQUIRES: passes > 0. Errors: kCancelled.
base::Result<RightSingular> leading_right_singular(const CsrView& a, const CsrView& transposed, std::size_t k,
                                                   int passes, base::Work& work);

}  // namespace mla::math
