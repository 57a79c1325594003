#include "foundation/math/decompose.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "foundation/math/blas.h"
#include "foundation/math/impl/blas_threads.h"

extern "C" {
void ssyevd_(const char* jobs, const char* triangle, const int* n, float* a, const int* stride, float* values,
             float* work, const int* work_size, int* int_work, const int* int_work_size, int* info);
void sposv_(const char* triangle, const int* n, const int* columns, float* a, const int* stride, float* b,
            const int* b_stride, int* info);
void spotrf_(const char* triangle, const int* n, float* a, const int* stride, int* info);
void spotri_(const char* triangle, const int* n, float* a, const int* stride, int* info);
}

// LAPACK counts by columns: our lower triangle is its upper one.
namespace mla::math {
namespace {

constexpr std::size_t kBlock = 192;

// A block's own inverse, both triangles.
bool invert_small(Matrix& a) {
  const int n = static_cast<int>(a.rows());
  int info = 0;
  spotrf_("U", &n, a.values().data(), &n, &info);
  if (info != 0) return false;
  spotri_("U", &n, a.values().data(), &n, &info);
  for (std::size_t i = 0; i < a.rows(); ++i) {
    for (std::size_t j = 0; j < i; ++j) a(j, i) = a(i, j);
  }
  return info == 0;
}

}  // namespace

base::Result<Eigen> symmetric_eigen(Matrix a) {
  assert(a.rows() == a.cols());
  Eigen result{std::vector<float>(a.rows()), std::move(a)};
  if (result.values.empty()) return result;
  impl::one_blas_thread();
  const int n = static_cast<int>(result.values.size());
  const int work_size = 1 + 6 * n + 2 * n * n;
  const int int_work_size = 3 + 5 * n;
  std::vector<float> work(static_cast<std::size_t>(work_size));
  std::vector<int> int_work(static_cast<std::size_t>(int_work_size));
  int info = 0;
  Matrix& q = result.vectors;
  ssyevd_("V", "U", &n, q.values().data(), &n, result.values.data(), work.data(), &work_size, int_work.data(),
          &int_work_size, &info);
  if (info != 0) {
    return base::Error{base::ErrorCode::kInternal,
                       fmt::format("eigenvalues of a {} x {} matrix were not found (LAPACK says {})", n, n, info)};
  }
  for (std::size_t i = 0; i < q.rows(); ++i) {
    for (std::size_t j = 0; j < i; ++j) std::swap(q(i, j), q(j, i));
  }
  return result;
}

bool solve_positive(MatrixView a, std::span<float> x) {
  assert(a.rows == a.cols && x.size() == a.rows);
  if (a.rows == 0) return true;
  impl::one_blas_thread();
  const int n = static_cast<int>(a.rows);
  const int stride = static_cast<int>(a.stride);
  const int one = 1;
  int info = 0;
  sposv_("U", &n, &one, a.data, &stride, x.data(), &n, &info);
  return info == 0;
}

base::Status invert_positive(MatrixView a, base::Work& work) {
  assert(a.rows == a.cols);
  const std::size_t n = a.rows;
  impl::one_blas_thread();
  base::ThreadPool& pool = work.pool;
  // Step k eliminates the block K of rows and columns. With P = A(:, K), S = A(K, K) and W = P S⁻¹ it sets
  //   A(i, j) -= W(i) P(j)ᵀ,  A(i, K) = W(i),  A(K, K) = -S⁻¹       (i, j outside K)
  // and after the last step A holds -A⁻¹. Only the lower triangle is kept up to date.
  Matrix panel(n, kBlock);
  Matrix weighted(n, kBlock);
  const std::size_t blocks = (n + kBlock - 1) / kBlock;
  for (std::size_t k = 0; k < blocks; ++k) {
    MLA_CHECK(work.check());
    const std::size_t k0 = k * kBlock;
    const std::size_t width = std::min(kBlock, n - k0);
    Matrix pivot(width, width);
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t j = 0; j <= i; ++j) pivot(i, j) = pivot(j, i) = a(k0 + i, k0 + j);
    }
    if (!invert_small(pivot)) {
      return base::Error{
          base::ErrorCode::kInvalidArgument,
          fmt::format("the {} x {} matrix is not positive definite (at row {}); regularise it more", n, n, k0)};
    }
    const auto part = [&](Matrix& m, std::size_t begin, std::size_t end) {
      return MatrixView{m.row(begin).data(), end - begin, width, kBlock};
    };
    pool.parallel_for(n, kBlock, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) {
        for (std::size_t j = 0; j < width; ++j) panel(i, j) = i >= k0 + width ? a(i, k0 + j) : a(k0 + j, i);
      }
      multiply(1, part(panel, begin, end), pivot.view(), 0, part(weighted, begin, end));
    });
    // Tiles (i, j) of the lower triangle, longest rows of tiles first.
    pool.parallel_for(blocks, 1, [&](std::size_t chunk, std::size_t, int) {
      const std::size_t i = blocks - 1 - chunk;
      const std::size_t i0 = i * kBlock;
      const std::size_t i1 = std::min(n, i0 + kBlock);
      const auto tile = [&](std::size_t j) {
        return MatrixView{a.data + i0 * a.stride + j * kBlock, i1 - i0, std::min(kBlock, n - j * kBlock), a.stride};
      };
      for (std::size_t j = 0; j <= i; ++j) {
        if (i == k || j == k) continue;
        const std::size_t j0 = j * kBlock;
        multiply_transposed(-1, part(weighted, i0, i1), part(panel, j0, std::min(n, j0 + kBlock)), 1, tile(j));
      }
      if (i > k) {
        for (std::size_t r = i0; r < i1; ++r) std::copy_n(weighted.row(r).data(), width, a.data + r * a.stride + k0);
      } else if (i == k) {
        for (std::size_t r = 0; r < width; ++r) {
          for (std::size_t c = 0; c < k0; ++c) a(k0 + r, c) = weighted(c, r);
          for (std::size_t c = 0; c < width; ++c) a(k0 + r, k0 + c) = -pivot(r, c);
        }
      }
    });
    work.progress.advance(width);
  }
  pool.parallel_for(n, kBlock, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = 0; j <= i; ++j) a(i, j) = -a(i, j);
    }
  });
  pool.parallel_for(n, kBlock, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) a(i, j) = a(j, i);
    }
  });
  return {};
}

}  // namespace mla::math
