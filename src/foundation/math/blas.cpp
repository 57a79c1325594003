#include "foundation/math/blas.h"

#include <algorithm>
#include <cassert>

#include <cblas.h>

#include "foundation/math/impl/blas_threads.h"

namespace mla::math {
namespace {

constexpr std::size_t kRowBlock = 512;
constexpr std::size_t kMaxPartialSums = 16;

int size(std::size_t n) { return static_cast<int>(n); }

}  // namespace

void multiply(float alpha, ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c) {
  assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
  if (c.rows == 0 || c.cols == 0) return;
  impl::one_blas_thread();
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(c.rows), size(c.cols), size(a.cols), alpha, a.data,
              size(a.stride), b.data, size(b.stride), beta, c.data, size(c.stride));
}

Matrix multiply(ConstMatrixView a, ConstMatrixView b, base::ThreadPool& pool) {
  Matrix product(a.rows, b.cols);
  pool.parallel_for(a.rows, kRowBlock, [&](std::size_t begin, std::size_t end, int) {
    multiply(1, a.slice(begin, end), b, 0, product.view().slice(begin, end));
  });
  return product;
}

void multiply_transposed(float alpha, ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c) {
  assert(a.cols == b.cols && c.rows == a.rows && c.cols == b.rows);
  if (c.rows == 0 || c.cols == 0) return;
  impl::one_blas_thread();
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size(c.rows), size(c.cols), size(a.cols), alpha, a.data,
              size(a.stride), b.data, size(b.stride), beta, c.data, size(c.stride));
}

void multiply_transposed(float alpha, ConstMatrixView a, ConstMatrixView b, float beta, MatrixView c,
                         base::ThreadPool& pool) {
  // Blocks over the longer side of c.
  const bool by_rows = c.rows >= c.cols;
  pool.parallel_for(by_rows ? c.rows : c.cols, kRowBlock, [&](std::size_t begin, std::size_t end, int) {
    if (by_rows) return multiply_transposed(alpha, a.slice(begin, end), b, beta, c.slice(begin, end));
    multiply_transposed(alpha, a, b.slice(begin, end), beta, {c.data + begin, c.rows, end - begin, c.stride});
  });
}

void multiply(ConstMatrixView a, std::span<const float> x, std::span<float> y) {
  assert(x.size() == a.cols && y.size() == a.rows);
  if (a.rows == 0) return;
  if (a.cols == 0) return std::fill(y.begin(), y.end(), 0.0F);
  impl::one_blas_thread();
  cblas_sgemv(CblasRowMajor, CblasNoTrans, size(a.rows), size(a.cols), 1, a.data, size(a.stride), x.data(), 1, 0,
              y.data(), 1);
}

void multiply_transposed(ConstMatrixView a, std::span<const float> x, std::span<float> y) {
  assert(x.size() == a.rows && y.size() == a.cols);
  if (a.cols == 0) return;
  if (a.rows == 0) return std::fill(y.begin(), y.end(), 0.0F);
  impl::one_blas_thread();
  cblas_sgemv(CblasRowMajor, CblasTrans, size(a.rows), size(a.cols), 1, a.data, size(a.stride), x.data(), 1, 0,
              y.data(), 1);
}

void outer_gram(ConstMatrixView a, float beta, MatrixView c) {
  assert(c.rows == a.rows && c.cols == a.rows);
  if (a.rows == 0) return;
  impl::one_blas_thread();
  cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, size(a.rows), size(a.cols), 1, a.data, size(a.stride), beta,
              c.data, size(c.stride));
}

void gram(ConstMatrixView a, float beta, MatrixView c) {
  assert(c.rows == a.cols && c.cols == a.cols);
  if (a.cols == 0) return;
  impl::one_blas_thread();
  cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, size(a.cols), size(a.rows), 1, a.data, size(a.stride), beta,
              c.data, size(c.stride));
}

Matrix gram(ConstMatrixView a, base::ThreadPool& pool) {
  const std::size_t n = a.cols;
  const std::size_t grain = std::max(kRowBlock, (a.rows + kMaxPartialSums - 1) / kMaxPartialSums);
  std::vector<Matrix> partial(base::ThreadPool::chunks(a.rows, grain), Matrix(n, n));
  pool.parallel_for(a.rows, grain, [&](std::size_t begin, std::size_t end, int) {
    gram(a.slice(begin, end), 0, partial[begin / grain].view());
  });
  Matrix sum(n, n);
  for (const Matrix& part : partial) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) sum(i, j) += part(i, j);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) sum(j, i) = sum(i, j);
  }
  return sum;
}

void multiply_in_place(MatrixView rows, ConstMatrixView b, base::ThreadPool& pool) {
  assert(b.rows == rows.cols && b.cols == rows.cols);
  std::vector<Matrix> scratch(static_cast<std::size_t>(pool.size()), Matrix(std::min(kRowBlock, rows.rows), b.cols));
  pool.parallel_for(rows.rows, kRowBlock, [&](std::size_t begin, std::size_t end, int worker) {
    const MatrixView block = rows.slice(begin, end);
    const MatrixView product = scratch[static_cast<std::size_t>(worker)].view().slice(0, end - begin);
    multiply(1, block, b, 0, product);
    for (std::size_t i = 0; i < block.rows; ++i) std::copy_n(product.row(i).data(), b.cols, block.row(i).data());
  });
}

}  // namespace mla::math
