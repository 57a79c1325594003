#pragma once

#include <span>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/matrix.h"

// Factorisations of symmetric matrices through LAPACK.
namespace mla::math {

// A = Q · diag(values) · Qᵀ; values ascend. Eigenvectors are the columns of `vectors`.
struct Eigen {
  std::vector<float> values;
  Matrix vectors;
};
// kInternal if the iteration does not converge (NaN in `a`). Reads both triangles.
base::Result<Eigen> symmetric_eigen(Matrix a);

// x ← A⁻¹ x by Cholesky; only the lower triangle of `a` is read, and it is destroyed.
// False if A is not positive definite.
bool solve_positive(MatrixView a, std::span<float> x);

// A ← A⁻¹ in place, both triangles: block Gauss-Jordan elimination without pivoting, n³ multiply-adds shared by the
// pool. Reads the lower triangle. kInvalidArgument if A is not positive definite. No second n × n matrix is made.
// Advances the progress by n rows in all.
base::Status invert_positive(MatrixView a, base::Work& work);

}  // namespace mla::math
