#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::models::impl {

// Steps of preconditioned conjugate gradients (Hestenes, Stiefel 1952; for implicit feedback: Takács, Pilászy, Tikk,
// "Applications of the conjugate gradient method for implicit feedback collaborative filtering", 2011) towards the same
// minimiser as RowSolver,
//   (D + Σ_r c_r v_r v_rᵀ) x = Σ_r c_r v_r,  D = diag(diagonal),
// from the x of the last epoch. In the basis where the Gram matrix is diagonal, D is at hand as preconditioner and the
// product with all unobserved pairs costs d instead of d². A step reads each vector once: 2nd multiply-adds.
// One object a thread. SIMD with dispatch at run time.
class RowRefiner {
 public:
  explicit RowRefiner(std::size_t dims);

  // Moves x closer to the minimiser, or leaves it where it is that. False if numbers left the range of floats: x is
  // then unspecified. REQUIRES: as RowSolver::solve.
  bool refine(math::ConstMatrixView vectors, std::span<const std::int32_t> columns, std::span<const float> weights,
              std::span<const float> diagonal, int steps, std::span<float> x);

 private:
  std::vector<float> scratch_;
};

}  // namespace mla::models::impl
