#include "foundation/math/singular.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "foundation/math/decompose.h"
#include "foundation/math/sparse.h"

namespace mla::math {
namespace {

constexpr std::size_t kBlock = 32;
constexpr std::size_t kSpareVectors = 128;
constexpr std::size_t kRowsAChunk = 4096;
constexpr double kTolerance = 1e-4;
constexpr double kZeroSquare = 1e-5;  // of the greatest squared value
constexpr double kDependent = 1e-6;   // squared length of a direction, of the longest of its block
constexpr int kPasses = 5;

MatrixView columns_of(MatrixView m, std::size_t begin, std::size_t end) {
  return {m.data + begin, m.rows, end - begin, m.stride};
}

// aᵀ · b; sums over fixed chunks of rows, in their order.
Matrix transposed_product(ConstMatrixView a, ConstMatrixView b, base::ThreadPool& pool) {
  std::vector<Matrix> partial(base::ThreadPool::chunks(a.rows, kRowsAChunk), Matrix(a.cols, b.cols));
  pool.parallel_for(a.rows, kRowsAChunk, [&](std::size_t begin, std::size_t end, int) {
    add_transposed_product(1, a.slice(begin, end), b.slice(begin, end), partial[begin / kRowsAChunk].view());
  });
  Matrix sum(a.cols, b.cols);
  for (const Matrix& part : partial) {
    for (std::size_t i = 0; i < sum.values().size(); ++i) sum.values()[i] += part.values()[i];
  }
  return sum;
}

// The growing orthonormal basis B of the Krylov space of S = near · far, and T = Bᵀ S B.
class Lanczos {
 public:
  Lanczos(const CsrView& near, const CsrView& far, std::size_t capacity, base::Work& work)
      : near_(near),
        far_(far),
        work_(work),
        basis_(static_cast<std::size_t>(near.rows), capacity),
        t_(capacity, capacity),
        random_(work.seed) {}

  std::size_t size() const { return size_; }

  // Adds one block of at most `width` vectors: what S makes of the last one, or random ones at the start.
  base::Status grow(std::size_t width) {
    const std::size_t n = basis_.rows();
    Matrix block(n, width);
    const std::size_t kept = std::min(width, image_.cols());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < kept; ++j) block(i, j) = image_(i, j);
      for (std::size_t j = kept; j < width; ++j) block(i, j) = static_cast<float>(random_.normal());
    }
    MLA_CHECK(orthonormalise(block));
    const MatrixView place = columns_of(basis_.view(), size_, size_ + width);
    for (std::size_t i = 0; i < n; ++i) std::copy_n(block.row(i).data(), width, place.row(i).data());
    const std::size_t first = size_;
    size_ += width;

    Matrix far_image(static_cast<std::size_t>(far_.rows), width);
    multiply(far_, std::as_const(block).view(), 0, far_image.view(), work_.pool);
    image_ = Matrix(n, width);
    multiply(near_, std::as_const(far_image).view(), 0, image_.view(), work_.pool);
    const Matrix along = project(image_);
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < width; ++j) t_(i, first + j) = t_(first + j, i) = along(i, j);
    }
    return work_.check();
  }

  // Eigenpairs of T, ascending.
  base::Result<Eigen> ritz() const {
    Matrix t(size_, size_);
    for (std::size_t i = 0; i < size_; ++i) std::copy_n(t_.row(i).data(), size_, t.row(i).data());
    return symmetric_eigen(std::move(t));
  }

  // The worst |S u - θ u| of the k greatest Ritz pairs: S leaves the basis through its last block alone.
  double residual(const Eigen& ritz, std::size_t k) const {
    const std::size_t width = image_.cols();
    const Matrix beyond = gram(image_.view(), work_.pool);
    double worst = 0;
    for (std::size_t pair = size_ - k; pair < size_; ++pair) {
      double square = 0;
      for (std::size_t i = 0; i < width; ++i) {
        for (std::size_t j = 0; j < width; ++j) {
          square += static_cast<double>(ritz.vectors(size_ - width + i, pair)) * beyond(i, j) *
                    ritz.vectors(size_ - width + j, pair);
        }
      }
      worst = std::max(worst, std::sqrt(std::max(0.0, square)));
    }
    return worst;
  }

  // B times some columns.
  Matrix combine(const Matrix& columns) const {
    Matrix result(basis_.rows(), columns.cols());
    work_.pool.parallel_for(basis_.rows(), kRowsAChunk, [&](std::size_t begin, std::size_t end, int) {
      multiply(1, basis().slice(begin, end), columns.view(), 0, result.view().slice(begin, end));
    });
    return result;
  }

 private:
  ConstMatrixView basis() const { return {basis_.view().data, basis_.rows(), size_, basis_.cols()}; }

  // Takes the part along the basis out of `block` and returns its coordinates.
  Matrix project(Matrix& block) const {
    if (size_ == 0) return {};
    Matrix along = transposed_product(basis(), std::as_const(block).view(), work_.pool);
    work_.pool.parallel_for(block.rows(), kRowsAChunk, [&](std::size_t begin, std::size_t end, int) {
      multiply(-1, basis().slice(begin, end), std::as_const(along).view(), 1, block.view().slice(begin, end));
    });
    return along;
  }

  // Makes the columns orthonormal, and orthogonal to the basis, through the eigenvectors of their Gram matrix; those
  // that depend on the others give way to random ones.
  base::Status orthonormalise(Matrix& block) {
    const std::size_t width = block.cols();
    for (int pass = 0; pass < kPasses; ++pass) {
      project(block);
      MLA_ASSIGN(const Eigen eigen, symmetric_eigen(gram(std::as_const(block).view(), work_.pool)));
      const double longest = std::max(eigen.values.back(), std::numeric_limits<float>::min());
      Matrix scaled(width, width);
      std::size_t replaced = 0;
      for (std::size_t j = 0; j < width; ++j) {
        if (eigen.values[j] <= kDependent * longest) {
          ++replaced;  // the first ones: values ascend
          continue;
        }
        const float scale = 1 / std::sqrt(eigen.values[j]);
        for (std::size_t i = 0; i < width; ++i) scaled(i, j) = eigen.vectors(i, j) * scale;
      }
      multiply_in_place(block.view(), std::as_const(scaled).view(), work_.pool);
      const double length = 1 / std::sqrt(static_cast<double>(block.rows()));
      for (std::size_t i = 0; i < block.rows() && replaced > 0; ++i) {
        for (std::size_t j = 0; j < replaced; ++j) block(i, j) = static_cast<float>(length * random_.normal());
      }
      if (replaced == 0 && pass > 0) break;
    }
    return {};
  }

  const CsrView& near_;
  const CsrView& far_;
  base::Work& work_;
  Matrix basis_;  // rows of near × capacity; the first size_ columns count
  Matrix t_;
  Matrix image_;  // S times the last block, orthogonal to the basis
  std::size_t size_ = 0;
  base::Random random_;
};

}  // namespace

base::Result<RightSingular> leading_right_singular(const CsrView& a, const CsrView& transposed, std::size_t k,
                                                   base::Work& work) {
  assert(a.rows == transposed.cols && a.cols == transposed.rows);
  RightSingular result;
  result.vectors = Matrix(static_cast<std::size_t>(a.cols), 0);
  const bool by_rows = a.rows < a.cols;
  const CsrView& near = by_rows ? a : transposed;
  const CsrView& far = by_rows ? transposed : a;
  const auto n = static_cast<std::size_t>(near.rows);
  k = std::min(k, n);
  if (k == 0 || a.size() == 0) return result;

  const std::size_t capacity = std::min(n, 3 * k + kSpareVectors);
  Lanczos lanczos(near, far, capacity, work);
  work.progress.begin("singular vectors", capacity);
  Eigen ritz;
  for (std::size_t next_look = k + k / 4 + 2 * kBlock;;) {
    const std::size_t width = std::min(kBlock, capacity - lanczos.size());
    MLA_CHECK(lanczos.grow(width));
    work.progress.advance(width);
    MLA_CHECK(work.check());
    const bool full = lanczos.size() == capacity;
    if (!full && lanczos.size() < next_look) continue;
    MLA_ASSIGN(ritz, lanczos.ritz());
    result.residual = lanczos.residual(ritz, k) / std::max(ritz.values.back(), std::numeric_limits<float>::min());
    if (full || result.residual < kTolerance) break;
    next_look = lanczos.size() + std::max(kBlock, k / 4);
  }
  work.progress.end();

  const std::size_t size = lanczos.size();
  std::size_t found = 0;
  while (found < k && ritz.values[size - 1 - found] > kZeroSquare * ritz.values.back()) ++found;
  Matrix chosen(size, found);
  for (std::size_t j = 0; j < found; ++j) {
    for (std::size_t i = 0; i < size; ++i) chosen(i, j) = ritz.vectors(i, size - 1 - j);
    result.values.push_back(std::sqrt(ritz.values[size - 1 - j]));
  }
  result.vectors = lanczos.combine(chosen);
  if (!by_rows) return result;
  // v = Aᵀu / σ
  Matrix right(static_cast<std::size_t>(a.cols), found);
  multiply(transposed, std::as_const(result.vectors).view(), 0, right.view(), work.pool);
  for (std::size_t i = 0; i < right.rows(); ++i) {
    for (std::size_t j = 0; j < found; ++j) right(i, j) /= result.values[j];
  }
  result.vectors = std::move(right);
  return result;
}

}  // namespace mla::math
