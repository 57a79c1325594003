#include "foundation/math/sparse.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "foundation/math/sparse.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kAhead = 24;

// One row of the product: out = beta · add + Σ_i values[i] · b(columns[i], :), without `add` if that is null. Sums stay
// in registers, four at a time: of four vectors of columns, of two and every second entry, or of every fourth entry.
// Rows of b are asked for `ahead` entries before they are used; that many follow the row in `columns`.
void sparse_row(const std::int32_t* HWY_RESTRICT columns, const float* HWY_RESTRICT values, std::size_t count,
                std::size_t ahead, const float* HWY_RESTRICT b, std::size_t stride, float beta, const float* add,
                float* out, std::size_t width) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto scale = hn::Set(d, beta);
  const auto store = [&](decltype(hn::Zero(d)) sum, std::size_t to) HWY_ATTR {
    if (add != nullptr) sum = hn::MulAdd(scale, hn::LoadU(d, add + to), sum);
    hn::StoreU(sum, d, out + to);
  };
  std::size_t at = 0;
  const auto row_at = [&](std::size_t i) { return b + static_cast<std::size_t>(columns[i]) * stride + at; };
  for (; at + 4 * lanes <= width; at += 4 * lanes) {
    auto sum0 = hn::Zero(d);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    for (std::size_t i = 0; i < count; ++i) {
      const float* row = row_at(i);
      hwy::Prefetch(row_at(i + ahead));
      hwy::Prefetch(row_at(i + ahead) + 2 * lanes);
      const auto value = hn::Set(d, values[i]);
      sum0 = hn::MulAdd(value, hn::LoadU(d, row), sum0);
      sum1 = hn::MulAdd(value, hn::LoadU(d, row + lanes), sum1);
      sum2 = hn::MulAdd(value, hn::LoadU(d, row + 2 * lanes), sum2);
      sum3 = hn::MulAdd(value, hn::LoadU(d, row + 3 * lanes), sum3);
    }
    store(sum0, at);
    store(sum1, at + lanes);
    store(sum2, at + 2 * lanes);
    store(sum3, at + 3 * lanes);
  }
  for (; at + 2 * lanes <= width; at += 2 * lanes) {
    auto sum0 = hn::Zero(d);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    std::size_t i = 0;
    for (; i + 2 <= count; i += 2) {
      hwy::Prefetch(row_at(i + ahead));
      hwy::Prefetch(row_at(i + 1 + ahead));
      const auto even = hn::Set(d, values[i]);
      const auto odd = hn::Set(d, values[i + 1]);
      sum0 = hn::MulAdd(even, hn::LoadU(d, row_at(i)), sum0);
      sum1 = hn::MulAdd(even, hn::LoadU(d, row_at(i) + lanes), sum1);
      sum2 = hn::MulAdd(odd, hn::LoadU(d, row_at(i + 1)), sum2);
      sum3 = hn::MulAdd(odd, hn::LoadU(d, row_at(i + 1) + lanes), sum3);
    }
    if (i < count) {
      const auto even = hn::Set(d, values[i]);
      sum0 = hn::MulAdd(even, hn::LoadU(d, row_at(i)), sum0);
      sum1 = hn::MulAdd(even, hn::LoadU(d, row_at(i) + lanes), sum1);
    }
    store(hn::Add(sum0, sum2), at);
    store(hn::Add(sum1, sum3), at + lanes);
  }
  for (; at + lanes <= width; at += lanes) {
    auto sum0 = hn::Zero(d);
    auto sum1 = hn::Zero(d);
    auto sum2 = hn::Zero(d);
    auto sum3 = hn::Zero(d);
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4) {
      sum0 = hn::MulAdd(hn::Set(d, values[i]), hn::LoadU(d, row_at(i)), sum0);
      sum1 = hn::MulAdd(hn::Set(d, values[i + 1]), hn::LoadU(d, row_at(i + 1)), sum1);
      sum2 = hn::MulAdd(hn::Set(d, values[i + 2]), hn::LoadU(d, row_at(i + 2)), sum2);
      sum3 = hn::MulAdd(hn::Set(d, values[i + 3]), hn::LoadU(d, row_at(i + 3)), sum3);
    }
    for (; i < count; ++i) sum0 = hn::MulAdd(hn::Set(d, values[i]), hn::LoadU(d, row_at(i)), sum0);
    store(hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)), at);
  }
  for (; at < width; ++at) {
    float sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += values[i + lane] * *row_at(i + lane);
    }
    for (; i < count; ++i) sums[0] += values[i] * *row_at(i);
    const float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    out[at] = add != nullptr ? beta * add[at] + sum : sum;
  }
}

// Without `d` if its data is null.
void sparse_rows(const CsrView& a, std::size_t begin, std::size_t end, ConstMatrixView b, float beta, ConstMatrixView d,
                 MatrixView c) {
  for (std::size_t r = begin; r < end; ++r) {
    const auto row = static_cast<std::int32_t>(r);
    const auto columns = a.row_columns(row);
    const std::size_t left = a.size() - static_cast<std::size_t>(a.offsets[r + 1]);
    sparse_row(columns.data(), a.row_values(row).data(), columns.size(), left < kAhead ? left : kAhead, b.data,
               b.stride, beta, d.data == nullptr ? nullptr : d.row(r).data(), c.row(r).data(), c.cols);
  }
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cassert>

namespace mla::math {
namespace {

HWY_EXPORT(sparse_rows);

constexpr std::size_t kRowsAChunk = 256;

}  // namespace

void multiply(const CsrView& a, ConstMatrixView b, MatrixView c) { multiply(a, b, 0, {}, c); }

void multiply(const CsrView& a, ConstMatrixView b, MatrixView c, base::ThreadPool& pool) {
  multiply(a, b, 0, {}, c, pool);
}

void multiply(const CsrView& a, ConstMatrixView b, float beta, ConstMatrixView d, MatrixView c) {
  assert(static_cast<std::size_t>(a.cols) == b.rows && static_cast<std::size_t>(a.rows) == c.rows && b.cols == c.cols);
  HWY_DYNAMIC_DISPATCH(sparse_rows)(a, 0, c.rows, b, beta, d, c);
}

void multiply(const CsrView& a, ConstMatrixView b, float beta, ConstMatrixView d, MatrixView c,
              base::ThreadPool& pool) {
  assert(static_cast<std::size_t>(a.cols) == b.rows && static_cast<std::size_t>(a.rows) == c.rows && b.cols == c.cols);
  pool.parallel_for(c.rows, kRowsAChunk, [&](std::size_t begin, std::size_t end, int) {
    HWY_DYNAMIC_DISPATCH(sparse_rows)(a, begin, end, b, beta, d, c);
  });
}

}  // namespace mla::math
#endif  // HWY_ONCE
