#include "learning/models/impl/fold_in_evidence.h"

#include <algorithm>
#include <cmath>

#include "foundation/base/work.h"
#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"

namespace mla::models::impl {
namespace {

constexpr double kLeastSlack = 1e-6;

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

bool invert(math::Matrix& matrix) {
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  return math::invert_positive(matrix.view(), work).ok();
}

}  // namespace

FoldInEvidence::FoldInEvidence(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                               std::span<const float> weights, std::span<const float> diagonal,
                               std::span<const float> x)
    : vectors_(vectors),
      columns_(columns),
      weights_(weights),
      diagonal_(diagonal),
      x_(x),
      rows_(columns.size(), vectors.cols),
      roots_(columns.size()),
      error_(columns.size()),
      slack_(columns.size()),
      reach_(columns.size()),
      solved_(vectors.cols) {
  for (std::size_t r = 0; r < columns.size(); ++r) {
    const auto from = vectors.row(static_cast<std::size_t>(columns[r]));
    std::copy(from.begin(), from.end(), rows_.row(r).begin());
    roots_[r] = std::sqrt(weights[r]);
    error_[r] = 1 - dot(from, x);
  }
  valid_ = !columns.empty() && (columns.size() < vectors.cols ? prepare_kernel() : prepare_normal());
  for (double& slack : slack_) slack = std::clamp(slack, kLeastSlack, 1.0);
}

// With K = I + W D⁻¹ Wᵀ, W = √C V:  1 − c_r v_rᵀA⁻¹v_r = (K⁻¹)_rr.
bool FoldInEvidence::prepare_kernel() {
  const std::size_t n = columns_.size();
  math::Matrix w(n, vectors_.cols);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t k = 0; k < w.cols(); ++k) w(r, k) = roots_[r] * rows_(r, k) / std::sqrt(diagonal_[k]);
  }
  inverse_ = math::Matrix(n, n);
  math::outer_gram(std::as_const(w).view(), 0, inverse_.view());
  for (std::size_t r = 0; r < n; ++r) inverse_(r, r) += 1;
  if (!invert(inverse_)) return false;
  for (std::size_t r = 0; r < n; ++r) slack_[r] = static_cast<double>(inverse_(r, r));
  return true;
}

bool FoldInEvidence::prepare_normal() {
  const std::size_t d = vectors_.cols;
  math::Matrix scaled = rows_;
  for (std::size_t r = 0; r < scaled.rows(); ++r) {
    for (float& value : scaled.row(r)) value *= roots_[r];
  }
  inverse_ = math::Matrix(d, d);
  math::gram(std::as_const(scaled).view(), 0, inverse_.view());
  for (std::size_t k = 0; k < d; ++k) inverse_(k, k) += diagonal_[k];
  if (!invert(inverse_)) return false;
  math::Matrix reached(scaled.rows(), d);
  math::multiply(1, std::as_const(scaled).view(), std::as_const(inverse_).view(), 0, reached.view());
  for (std::size_t r = 0; r < scaled.rows(); ++r) slack_[r] = 1 - dot(reached.row(r), scaled.row(r));
  return true;
}

void FoldInEvidence::look_at(std::span<const float> target) {
  const std::size_t n = columns_.size();
  score_ = dot(target, x_);
  std::vector<float> reach(n);
  if (n >= vectors_.cols) {
    math::multiply(std::as_const(inverse_).view(), target, solved_);
    math::multiply(std::as_const(rows_).view(), solved_, reach);
  } else {
    // t·A⁻¹v_r = (K⁻¹ √C V D⁻¹ t)_r / √c_r, and A⁻¹t = D⁻¹ (t − Vᵀ √C K⁻¹ √C V D⁻¹ t).
    std::vector<float> scaled(target.begin(), target.end());
    for (std::size_t k = 0; k < scaled.size(); ++k) scaled[k] /= diagonal_[k];
    std::vector<float> likeness(n);
    math::multiply(std::as_const(rows_).view(), scaled, likeness);
    for (std::size_t r = 0; r < n; ++r) likeness[r] *= roots_[r];
    math::multiply(std::as_const(inverse_).view(), likeness, reach);
    std::vector<float> weighted(n);
    for (std::size_t r = 0; r < n; ++r) weighted[r] = reach[r] * roots_[r];
    math::multiply_transposed(std::as_const(rows_).view(), weighted, solved_);
    for (std::size_t k = 0; k < solved_.size(); ++k) solved_[k] = (target[k] - solved_[k]) / diagonal_[k];
    for (std::size_t r = 0; r < n; ++r) reach[r] = roots_[r] > 0 ? reach[r] / roots_[r] : 0;
  }
  std::copy(reach.begin(), reach.end(), reach_.begin());
}

double FoldInEvidence::gain_of_lambda() const { return -dot(solved_, x_); }

}  // namespace mla::models::impl
