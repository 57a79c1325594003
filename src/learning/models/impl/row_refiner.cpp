#include "learning/models/impl/row_refiner.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "learning/models/impl/row_refiner.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#ifndef MLA_ROW_REFINER_TASK
#define MLA_ROW_REFINER_TASK
namespace mla::models::impl {

// The observed part of a product: out += Σ_r weights_r (constant + slope · v_r·x) v_r.
struct Pass {
  const float* vectors;
  std::size_t stride;
  std::size_t dims;
  const float* x;
  float constant;
  float slope;
  float* out;
};

struct Row {
  const float* vectors;
  std::size_t stride;
  std::size_t dims;
  const std::int32_t* columns;
  const float* weights;
  std::size_t count;
  const float* diagonal;
};

struct Scratch {
  float* inverse;  // 1 / diagonal
  float* residual;
  float* direction;
  float* product;
};

}  // namespace mla::models::impl
#endif

HWY_BEFORE_NAMESPACE();
namespace mla::models::impl::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The sums of the lanes of four vectors.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void sums_of_lanes([[maybe_unused]] D d, V a, V b, V c, V e, float* HWY_RESTRICT sums) {
#if HWY_TARGET == HWY_SCALAR
  sums[0] = hn::GetLane(a);
  sums[1] = hn::GetLane(b);
  sums[2] = hn::GetLane(c);
  sums[3] = hn::GetLane(e);
#else
  // In each block of four lanes: a pair of lanes a vector, then one lane a vector.
  const hn::Repartition<std::uint64_t, D> pairs;
  const auto ab = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)));
  const auto ce = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e)));
  const auto blocks =
      hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, ab, ce)), hn::BitCast(d, hn::InterleaveUpper(pairs, ab, ce)));
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(blocks, d, lanes);
  const hn::FixedTag<float, 4> four;
  auto sum = hn::Load(four, lanes);
  for (std::size_t block = 4; block < hn::Lanes(d); block += 4) sum = hn::Add(sum, hn::Load(four, lanes + block));
  hn::StoreU(sum, four, sums);
#endif
}

// Four rows at once, so that x and out are read once for all of them. REQUIRES: 1 <= count <= 4.
void add_rows(const Pass& pass, const std::int32_t* columns, const float* weights, std::size_t count) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const float* rows[4];
  for (std::size_t r = 0; r < 4; ++r) {
    rows[r] = pass.vectors + static_cast<std::size_t>(columns[r < count ? r : 0]) * pass.stride;
  }
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  auto sum2 = hn::Zero(d);
  auto sum3 = hn::Zero(d);
  std::size_t k = 0;
  for (; k + lanes <= pass.dims; k += lanes) {
    const auto x = hn::LoadU(d, pass.x + k);
    sum0 = hn::MulAdd(hn::LoadU(d, rows[0] + k), x, sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, rows[1] + k), x, sum1);
    sum2 = hn::MulAdd(hn::LoadU(d, rows[2] + k), x, sum2);
    sum3 = hn::MulAdd(hn::LoadU(d, rows[3] + k), x, sum3);
  }
  float dots[4];
  sums_of_lanes(d, sum0, sum1, sum2, sum3, dots);
  for (std::size_t t = k; t < pass.dims; ++t) {
    for (std::size_t r = 0; r < 4; ++r) dots[r] += rows[r][t] * pass.x[t];
  }
  float factors[4] = {0, 0, 0, 0};
  for (std::size_t r = 0; r < count; ++r) factors[r] = weights[r] * (pass.constant + pass.slope * dots[r]);
  const auto factor0 = hn::Set(d, factors[0]);
  const auto factor1 = hn::Set(d, factors[1]);
  const auto factor2 = hn::Set(d, factors[2]);
  const auto factor3 = hn::Set(d, factors[3]);
  for (k = 0; k + lanes <= pass.dims; k += lanes) {
    auto out = hn::LoadU(d, pass.out + k);
    out = hn::MulAdd(factor0, hn::LoadU(d, rows[0] + k), out);
    out = hn::MulAdd(factor1, hn::LoadU(d, rows[1] + k), out);
    out = hn::MulAdd(factor2, hn::LoadU(d, rows[2] + k), out);
    out = hn::MulAdd(factor3, hn::LoadU(d, rows[3] + k), out);
    hn::StoreU(out, d, pass.out + k);
  }
  for (; k < pass.dims; ++k) {
    for (std::size_t r = 0; r < count; ++r) pass.out[k] += factors[r] * rows[r][k];
  }
}

void add_all_rows(const Pass& pass, const Row& row) {
  for (std::size_t r = 0; r < row.count; r += 4) {
    add_rows(pass, row.columns + r, row.weights + r, row.count - r < 4 ? row.count - r : 4);
  }
}

constexpr std::size_t kFloatsALine = 16;

// Asks for vectors that will be read soon; of long ones the start, after which the processor sees the stream itself.
void fetch(const Row& row, std::size_t begin, std::size_t end) {
  const std::size_t floats = row.dims < 8 * kFloatsALine ? row.dims : 8 * kFloatsALine;
  for (std::size_t r = begin; r < end; ++r) {
    const float* vector = row.vectors + static_cast<std::size_t>(row.columns[r]) * row.stride;
    for (std::size_t k = 0; k < floats; k += kFloatsALine) hwy::Prefetch(vector + k);
  }
}

// The same where the vectors come from afar: the first pass over a row.
void add_all_rows_fetching(const Pass& pass, const Row& row) {
  constexpr std::size_t kAhead = 8;
  for (std::size_t r = 0; r < row.count; r += 4) {
    if (r + kAhead < row.count) fetch(row, r + kAhead, row.count < r + kAhead + 4 ? row.count : r + kAhead + 4);
    add_rows(pass, row.columns + r, row.weights + r, row.count - r < 4 ? row.count - r : 4);
  }
}

float dot(const float* a, const float* b, std::size_t dims) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sums = hn::Zero(d);
  std::size_t k = 0;
  for (; k + lanes <= dims; k += lanes) sums = hn::MulAdd(hn::LoadU(d, a + k), hn::LoadU(d, b + k), sums);
  float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; k < dims; ++k) sum += a[k] * b[k];
  return sum;
}

// Σ_k a_k b_k c_k
float sum_of_products(const float* a, const float* b, const float* c, std::size_t dims) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sums = hn::Zero(d);
  std::size_t k = 0;
  for (; k + lanes <= dims; k += lanes) {
    sums = hn::MulAdd(hn::Mul(hn::LoadU(d, a + k), hn::LoadU(d, b + k)), hn::LoadU(d, c + k), sums);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; k < dims; ++k) sum += a[k] * b[k] * c[k];
  return sum;
}

// out = a b + s c, element by element; `out` may be any of them.
void multiply_add(const float* a, const float* b, float s, const float* c, float* out, std::size_t dims) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, s);
  std::size_t k = 0;
  for (; k + lanes <= dims; k += lanes) {
    const auto product = hn::Mul(hn::LoadU(d, a + k), hn::LoadU(d, b + k));
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, c + k), product), d, out + k);
  }
  for (; k < dims; ++k) out[k] = a[k] * b[k] + s * c[k];
}

// x += s a
void add_scaled(float s, const float* a, float* x, std::size_t dims) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, s);
  std::size_t k = 0;
  for (; k + lanes <= dims; k += lanes) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, a + k), hn::LoadU(d, x + k)), d, x + k);
  }
  for (; k < dims; ++k) x[k] += s * a[k];
}

// Below this share of the first residual (squared, as the preconditioner measures) floats have no more to gain.
constexpr float kNoResidual = 1e-12F;

void refine(const Row& row, const Scratch& scratch, int steps, float* x) {
  const std::size_t dims = row.dims;
  for (std::size_t k = 0; k < dims; ++k) {
    scratch.inverse[k] = 1 / row.diagonal[k];
    scratch.residual[k] = -row.diagonal[k] * x[k];
  }
  add_all_rows_fetching({row.vectors, row.stride, dims, x, 1, -1, scratch.residual}, row);
  float now = sum_of_products(scratch.residual, scratch.residual, scratch.inverse, dims);
  const float enough = kNoResidual * now;
  for (std::size_t k = 0; k < dims; ++k) scratch.direction[k] = scratch.residual[k] * scratch.inverse[k];
  for (int step = 0; step < steps && now > enough; ++step) {
    for (std::size_t k = 0; k < dims; ++k) scratch.product[k] = row.diagonal[k] * scratch.direction[k];
    add_all_rows({row.vectors, row.stride, dims, scratch.direction, 0, 1, scratch.product}, row);
    const float curvature = dot(scratch.direction, scratch.product, dims);
    if (!(curvature > 0)) return;
    const float length = now / curvature;
    add_scaled(length, scratch.direction, x, dims);
    if (step + 1 == steps) return;
    add_scaled(-length, scratch.product, scratch.residual, dims);
    const float next = sum_of_products(scratch.residual, scratch.residual, scratch.inverse, dims);
    multiply_add(scratch.residual, scratch.inverse, next / now, scratch.direction, scratch.direction, dims);
    now = next;
  }
}

}  // namespace mla::models::impl::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cmath>

namespace mla::models::impl {
namespace {

HWY_EXPORT(refine);

}  // namespace

RowRefiner::RowRefiner(std::size_t dims) : scratch_(4 * dims) {}

bool RowRefiner::refine(math::ConstMatrixView vectors, std::span<const std::int32_t> columns,
                        std::span<const float> weights, std::span<const float> diagonal, int steps,
                        std::span<float> x) {
  if (columns.empty()) {
    std::fill(x.begin(), x.end(), 0.0F);
    return true;
  }
  const std::size_t dims = diagonal.size();
  const Row row{vectors.data, vectors.stride, dims, columns.data(), weights.data(), columns.size(), diagonal.data()};
  float* at = scratch_.data();
  HWY_DYNAMIC_DISPATCH(refine)(row, {at, at + dims, at + 2 * dims, at + 3 * dims}, steps, x.data());
  return std::all_of(x.begin(), x.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace mla::models::impl
#endif  // HWY_ONCE
