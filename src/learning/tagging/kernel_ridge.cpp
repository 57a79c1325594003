#include "learning/tagging/kernel_ridge.h"

#include <cassert>

#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"

namespace mla::tagging {
namespace {

std::vector<std::vector<std::size_t>> members(const std::vector<int>& folds) {
  std::vector<std::vector<std::size_t>> result;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const auto fold = static_cast<std::size_t>(folds[i]);
    if (fold >= result.size()) result.resize(fold + 1);
    result[fold].push_back(i);
  }
  return result;
}

}  // namespace

base::Result<KernelRidge> KernelRidge::fit(math::Matrix kernel, double lambda, math::ConstMatrixView targets,
                                           base::Work& work) {
  assert(kernel.rows() == targets.rows);
  for (std::size_t i = 0; i < kernel.rows(); ++i) kernel(i, i) += static_cast<float>(lambda);
  MLA_CHECK(math::invert_positive(kernel.view(), work));
  KernelRidge ridge{math::Matrix(targets.rows, targets.cols), std::move(kernel)};
  math::multiply(1, ridge.inverse.view(), targets, 0, ridge.dual.view());
  return ridge;
}

base::Result<math::Matrix> KernelRidge::held_out(math::ConstMatrixView targets, const std::vector<int>& folds) const {
  assert(targets.rows == dual.rows() && folds.size() == dual.rows());
  math::Matrix result(targets.rows, targets.cols);
  std::vector<float> column;
  for (const std::vector<std::size_t>& fold : members(folds)) {
    math::Matrix block(fold.size(), fold.size());
    for (std::size_t output = 0; output < targets.cols; ++output) {
      // Solving destroys the block.
      for (std::size_t a = 0; a < fold.size(); ++a) {
        for (std::size_t b = 0; b < fold.size(); ++b) block(a, b) = inverse(fold[a], fold[b]);
      }
      column.clear();
      for (const std::size_t row : fold) column.push_back(dual(row, output));
      if (!math::solve_positive(block.view(), column)) {
        return base::Error{base::ErrorCode::kInvalidArgument, "the kernel of a fold is not positive: regularise more"};
      }
      for (std::size_t a = 0; a < fold.size(); ++a) result(fold[a], output) = targets(fold[a], output) - column[a];
    }
  }
  return result;
}

}  // namespace mla::tagging
