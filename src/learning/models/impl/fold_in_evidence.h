#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::models::impl {

// A folded-in row (RowSolver) opened up: what each of its interactions adds to the score of an item.
//
// With A = D + Vᵀ C V and x = A⁻¹ Vᵀ c, leaving interaction r out at fixed D and c lowers the score t·x by exactly
//   lost_r = (t·A⁻¹v_r) c_r (1 − v_r·x) / (1 − c_r v_rᵀA⁻¹v_r)          (Sherman-Morrison)
// and, to first order, a change of another weight adds (t·A⁻¹v_s)(1 − v_s·x) Δc_s, one of all of D adds −(t·A⁻¹x) Δλ.
// Cost: one n × n or d × d inverse a row, then O(nd) an item. Not thread-safe.
class FoldInEvidence {
 public:
  // REQUIRES: as RowSolver::solve; `x` is its solution. Spans must outlive the object.
  FoldInEvidence(math::ConstMatrixView vectors, std::span<const std::int32_t> columns, std::span<const float> weights,
                 std::span<const float> diagonal, std::span<const float> x);

  // False if rounding left nothing to invert: then nothing can be said.
  bool valid() const { return valid_; }

  // Turns to the item with this vector.
  void look_at(std::span<const float> target);
  double score() const { return score_; }
  // What the score loses at fixed D and c.
  double lost(std::size_t r) const { return reach_[r] * weights_[r] * error_[r] / slack_[r]; }
  // What it gains for each unit of weight s, and of λ.
  double gain_of_weight(std::size_t s) const { return reach_[s] * error_[s]; }
  double gain_of_lambda() const;

 private:
  bool prepare_kernel();
  bool prepare_normal();

  math::ConstMatrixView vectors_;
  std::span<const std::int32_t> columns_;
  std::span<const float> weights_;
  std::span<const float> diagonal_;
  std::span<const float> x_;
  math::Matrix rows_;          // V
  math::Matrix inverse_;       // of the kernel I + √C V D⁻¹ Vᵀ √C (n < d), else of A
  std::vector<float> roots_;   // √c
  std::vector<double> error_;  // 1 − v_r·x
  std::vector<double> slack_;  // 1 − c_r v_rᵀA⁻¹v_r, in (0, 1]
  std::vector<double> reach_;  // t·A⁻¹v_r
  std::vector<float> solved_;  // A⁻¹t
  double score_ = 0;
  bool valid_ = false;
};

}  // namespace mla::models::impl
