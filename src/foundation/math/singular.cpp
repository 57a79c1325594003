#include "foundation/math/singular.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"
#include "foundation/math/sparse.h"

namespace mla::math {
namespace {

constexpr std::size_t kOversampling = 16;
constexpr double kZeroSquare = 1e-5;  // of the greatest squared value
constexpr int kRounds = 4;
// Squared lengths of a block's principal axes, as a share of the longest: what single precision resolves, and what
// leaves the scaled axes orthogonal to five digits.
constexpr double kResolved = 1e-7;
constexpr double kOrthogonal = 1e-2;

// Makes the columns orthonormal through the eigenvectors of their Gram matrix, more than once where their lengths are
// far apart. Columns that depend on the others become what rounding left of them, or stay 0.
base::Status orthonormalise(Matrix& block, base::Work& work) {
  for (int round = 0; round < kRounds; ++round) {
    MLA_CHECK(work.check());
    MLA_ASSIGN(Eigen eigen, symmetric_eigen(gram(std::as_const(block).view(), work.pool)));
    const double longest = eigen.values.back();
    if (!(longest > 0)) return {};
    for (std::size_t j = 0; j < block.cols(); ++j) {
      const auto scale = static_cast<float>(1 / std::sqrt(std::max<double>(eigen.values[j], kResolved * longest)));
      for (std::size_t i = 0; i < block.cols(); ++i) eigen.vectors(i, j) *= scale;
    }
    multiply_in_place(block.view(), std::as_const(eigen.vectors).view(), work.pool);
    if (eigen.values.front() > kOrthogonal * longest) break;
  }
  return {};
}

}  // namespace

base::Result<RightSingular> leading_right_singular(const CsrView& a, const CsrView& transposed, std::size_t k,
                                                   int passes, base::Work& work) {
  assert(a.rows == transposed.cols && a.cols == transposed.rows && passes > 0);
  RightSingular result;
  result.vectors = Matrix(static_cast<std::size_t>(a.cols), 0);
  const bool by_rows = a.rows < a.cols;
  const CsrView& near = by_rows ? a : transposed;
  const CsrView& far = by_rows ? transposed : a;
  const auto n = static_cast<std::size_t>(near.rows);
  k = std::min(k, n);
  if (k == 0 || a.size() == 0) return result;

  const std::size_t width = std::min(n, k + kOversampling);
  Matrix block(n, width);
  Matrix image(static_cast<std::size_t>(far.rows), width);
  base::Random random(work.seed);
  for (float& v : block.values()) v = static_cast<float>(random.normal());
  work.progress.begin("singular vectors", static_cast<std::uint64_t>(passes));
  MLA_CHECK(orthonormalise(block, work));
  for (int pass = 0; pass < passes; ++pass) {
    multiply(far, std::as_const(block).view(), image.view(), work.pool);
    multiply(near, std::as_const(image).view(), block.view(), work.pool);
    MLA_CHECK(orthonormalise(block, work));
    work.progress.advance(1);
  }
  multiply(far, std::as_const(block).view(), image.view(), work.pool);
  MLA_CHECK(work.check());
  MLA_ASSIGN(const Eigen ritz, symmetric_eigen(gram(std::as_const(image).view(), work.pool)));
  std::size_t found = 0;
  while (found < k && ritz.values[width - 1 - found] > kZeroSquare * ritz.values.back()) ++found;
  Matrix chosen(width, found);
  for (std::size_t j = 0; j < found; ++j) {
    result.values.push_back(std::sqrt(ritz.values[width - 1 - j]));
    const float scale = by_rows ? 1 / result.values.back() : 1;  // v = Aᵀu / σ
    for (std::size_t i = 0; i < width; ++i) chosen(i, j) = ritz.vectors(i, width - 1 - j) * scale;
  }
  result.vectors = multiply(std::as_const(by_rows ? image : block).view(), std::as_const(chosen).view(), work.pool);
  work.progress.end();
  return result;
}

}  // namespace mla::math
