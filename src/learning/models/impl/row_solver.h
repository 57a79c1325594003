#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::models::impl {

// One row of alternating least squares: the minimiser x of
//   Σ_r c_r (1 - x·v_r)² + Σ_k diagonal_k x_k²
// over the vectors v_r that the row has interactions with. The diagonal stands for unobserved weight and regularisation
// in a basis where the Gram matrix of all vectors is diagonal. With fewer vectors than dimensions it solves the
// Woodbury (kernel) form, n²d + n³/3 multiply-adds, else the normal equations, nd²/2 + d³/6. One object a thread.
class RowSolver {
 public:
  explicit RowSolver(std::size_t dims) : dims_(dims) {}

  // REQUIRES: weights >= 0, diagonal > 0, x.size() == diagonal.size() == vectors.cols == dims.
  void solve(math::ConstMatrixView vectors, std::span<const std::int32_t> columns, std::span<const float> weights,
             std::span<const float> diagonal, std::span<float> x);

  // The two forms by themselves; false if rounding left no positive definite matrix.
  bool solve_kernel(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                    std::span<const float> weights, std::span<const float> diagonal, std::span<float> x);
  bool solve_normal(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                    std::span<const float> weights, std::span<const float> diagonal, std::span<float> x);

 private:
  std::size_t dims_;
  std::vector<float> rows_;
  std::vector<float> gram_;
  std::vector<float> roots_;
  std::vector<float> scale_;
};

}  // namespace mla::models::impl
