#include "learning/models/impl/row_solver.h"

#include <algorithm>
#include <cmath>

#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"

namespace mla::models::impl {

void RowSolver::solve(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                      std::span<const float> weights, std::span<const float> diagonal, std::span<float> x) {
  std::fill(x.begin(), x.end(), 0.0F);
  if (columns.empty()) return;
  // Extreme weights can cost the matrix its definiteness in floats: then regularise this row more.
  std::vector<float> stronger;
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::span<const float> d = attempt == 0 ? diagonal : std::span<const float>(stronger);
    if (columns.size() < dims_ ? solve_kernel(vectors, columns, weights, d, x)
                               : solve_normal(vectors, columns, weights, d, x)) {
      return;
    }
    stronger.assign(d.begin(), d.end());
    for (float& value : stronger) value *= 10;
  }
  std::fill(x.begin(), x.end(), 0.0F);
}

// With C = diag(c), D = diagonal and W = √C V D^-½:  x = D^-½ Wᵀ (I + W Wᵀ)⁻¹ √c.
bool RowSolver::solve_kernel(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                             std::span<const float> weights, std::span<const float> diagonal, std::span<float> x) {
  const std::size_t n = columns.size();
  rows_.resize(n * dims_);
  gram_.resize(n * n);
  roots_.resize(n);
  scale_.resize(dims_);
  for (std::size_t k = 0; k < dims_; ++k) scale_[k] = 1 / std::sqrt(diagonal[k]);
  for (std::size_t r = 0; r < n; ++r) {
    roots_[r] = std::sqrt(weights[r]);
    const float* from = vectors.row(static_cast<std::size_t>(columns[r])).data();
    float* to = rows_.data() + r * dims_;
    for (std::size_t k = 0; k < dims_; ++k) to[k] = roots_[r] * scale_[k] * from[k];
  }
  const math::ConstMatrixView w{rows_.data(), n, dims_, dims_};
  const math::MatrixView kernel{gram_.data(), n, n, n};
  math::outer_gram(w, 0, kernel);
  for (std::size_t r = 0; r < n; ++r) kernel(r, r) += 1;
  if (!math::solve_positive(kernel, roots_)) return false;
  math::multiply_transposed(w, roots_, x);
  for (std::size_t k = 0; k < dims_; ++k) x[k] *= scale_[k];
  return true;
}

// (D + Vᵀ C V) x = Vᵀ c.
bool RowSolver::solve_normal(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                             std::span<const float> weights, std::span<const float> diagonal, std::span<float> x) {
  const std::size_t n = columns.size();
  rows_.resize(n * dims_);
  gram_.resize(dims_ * dims_);
  roots_.resize(n);
  for (std::size_t r = 0; r < n; ++r) {
    roots_[r] = std::sqrt(weights[r]);
    const float* from = vectors.row(static_cast<std::size_t>(columns[r])).data();
    float* to = rows_.data() + r * dims_;
    for (std::size_t k = 0; k < dims_; ++k) to[k] = roots_[r] * from[k];
  }
  const math::ConstMatrixView scaled{rows_.data(), n, dims_, dims_};
  const math::MatrixView normal{gram_.data(), dims_, dims_, dims_};
  math::gram(scaled, 0, normal);
  for (std::size_t k = 0; k < dims_; ++k) normal(k, k) += diagonal[k];
  math::multiply_transposed(scaled, roots_, x);
  return math::solve_positive(normal, x);
}

}  // namespace mla::models::impl
