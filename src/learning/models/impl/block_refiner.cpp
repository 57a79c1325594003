#include "learning/models/impl/block_refiner.h"

#include <algorithm>
#include <cmath>

#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"

namespace mla::models::impl {

bool BlockRefiner::refine(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                          std::span<const float> weights, std::span<const float> diagonal, std::span<float> x) {
  if (columns.empty()) {
    std::fill(x.begin(), x.end(), 0.0F);
    return true;
  }
  const std::size_t n = columns.size();
  rows_.resize(n * dims_);
  residual_.resize(n);
  part_.resize(n);
  for (std::size_t r = 0; r < n; ++r) {
    const float root = std::sqrt(weights[r]);
    const float* from = vectors.row(static_cast<std::size_t>(columns[r])).data();
    float* to = rows_.data() + r * dims_;
    for (std::size_t k = 0; k < dims_; ++k) to[k] = root * from[k];
    residual_[r] = root;
  }
  math::multiply(math::ConstMatrixView{rows_.data(), n, dims_, dims_}, x, part_);
  for (std::size_t r = 0; r < n; ++r) residual_[r] -= part_[r];

  for (std::size_t begin = 0; begin < dims_; begin += block_) {
    const std::size_t width = std::min(block_, dims_ - begin);
    const math::ConstMatrixView rows{rows_.data() + begin, n, width, dims_};
    const std::span<float> own = x.subspan(begin, width);
    math::multiply(rows, own, part_);
    for (std::size_t r = 0; r < n; ++r) residual_[r] += part_[r];
    const bool solved = n < width ? solve_by_rows(rows, diagonal.subspan(begin, width), own)
                                  : solve_by_dimensions(rows, diagonal.subspan(begin, width), own);
    if (!solved) return false;
    math::multiply(rows, own, part_);
    for (std::size_t r = 0; r < n; ++r) residual_[r] -= part_[r];
  }
  return std::all_of(x.begin(), x.end(), [](float value) { return std::isfinite(value); });
}

// (D + WᵀW) x = Wᵀe with W = rows, e = residual_.
bool BlockRefiner::solve_by_dimensions(math::ConstMatrixView rows, std::span<const float> diagonal,
                                       std::span<float> x) {
  const std::size_t width = rows.cols;
  gram_.resize(width * width);
  const math::MatrixView normal{gram_.data(), width, width, width};
  math::gram(rows, 0, normal);
  for (std::size_t k = 0; k < width; ++k) normal(k, k) += diagonal[k];
  math::multiply_transposed(rows, residual_, x);
  return math::solve_positive(normal, x);
}

// x = D⁻¹Wᵀ (I + W D⁻¹ Wᵀ)⁻¹ e.
bool BlockRefiner::solve_by_rows(math::ConstMatrixView rows, std::span<const float> diagonal, std::span<float> x) {
  const std::size_t n = rows.rows;
  const std::size_t width = rows.cols;
  scaled_.resize(n * width);
  gram_.resize(n * n);
  for (std::size_t k = 0; k < width; ++k) x[k] = 1 / std::sqrt(diagonal[k]);
  for (std::size_t r = 0; r < n; ++r) {
    const auto from = rows.row(r);
    float* to = scaled_.data() + r * width;
    for (std::size_t k = 0; k < width; ++k) to[k] = x[k] * from[k];
  }
  const math::ConstMatrixView scaled{scaled_.data(), n, width, width};
  const math::MatrixView kernel{gram_.data(), n, n, n};
  math::outer_gram(scaled, 0, kernel);
  for (std::size_t r = 0; r < n; ++r) kernel(r, r) += 1;
  std::copy(residual_.begin(), residual_.end(), part_.begin());
  if (!math::solve_positive(kernel, part_)) return false;
  math::multiply_transposed(scaled, part_, x);
  for (std::size_t k = 0; k < width; ++k) x[k] /= std::sqrt(diagonal[k]);
  return true;
}

}  // namespace mla::models::impl
