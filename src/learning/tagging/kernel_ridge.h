#pragma once

#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/matrix.h"

namespace mla::tagging {

// Kernel ridge regression of several outputs at once (Saunders, Gammerman, Vovk 1998): row i of `dual` weighs
// k(·, row i), dual = (K + λ I)⁻¹ Y. What would be said of a fold without it needs no second fit.
struct KernelRidge {
  math::Matrix dual;
  math::Matrix inverse;  // (K + λ I)⁻¹

  // REQUIRES: `kernel` is square, symmetric and has no negative eigenvalue, λ > 0, a row of (centred) targets for each
  // of its rows. kInvalidArgument if rounding makes it indefinite all the same, kCancelled.
  static base::Result<KernelRidge> fit(math::Matrix kernel, double lambda, math::ConstMatrixView targets,
                                       base::Work& work);

  // Row i is what the regression says of row i if its whole fold had not been learnt from: y_f − (G_ff)⁻¹ (G Y)_f for
  // each fold f, with G = (K + λ I)⁻¹ (the block form of the leave-one-out identity). folds[i] >= 0.
  base::Result<math::Matrix> held_out(math::ConstMatrixView targets, const std::vector<int>& folds) const;
};

}  // namespace mla::tagging
