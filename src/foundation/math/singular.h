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
  double residual = 0;        // of the worst pair: |AᵀA v - σ² v| / σ₁²
};

// The k leading right singular vectors of a sparse matrix, fewer if its rank is lower (squares below 1e-5 of the
// greatest count as zero). Block Lanczos on the smaller of AᵀA and AAᵀ with full reorthogonalisation and Rayleigh-Ritz
// (Golub & Underwood, "The block Lanczos method for computing eigenvalues", 1977), started from random vectors of
// work.seed; a direction that gives out is replaced by a random one, so that multiple values are found, too. It ends
// when all k residuals are below 1e-4, or when the basis has 3k + 128 vectors: then the last vectors of a flat spectrum
// are mixed with their neighbours beyond k, and `residual` says how much. Where the basis spans the whole space the
// result is exact.
// Memory: min(rows, cols) · (3k + 128) floats. `transposed` is transpose(a). Errors: kCancelled.
base::Result<RightSingular> leading_right_singular(const CsrView& a, const CsrView& transposed, std::size_t k,
                                                   base::Work& work);

}  // namespace mla::math
