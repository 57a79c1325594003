#include "foundation/math/vector_scan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "foundation/math/vector_scan.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

#include "foundation/math/impl/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mla::math::HWY_NAMESPACE {

// out[i] = row (first + i) · query. Row after row, so that memory is read in order: rows taken side by side would
// hide the stream from the prefetcher.
void row_products(const VectorsView& vectors, std::size_t first, std::size_t count, const float* query, float* out) {
  const auto all = [&](const auto* data) HWY_ATTR {
    for (std::size_t i = 0; i < count; ++i) out[i] = dot(data + (first + i) * vectors.stride, query, vectors.cols);
  };
  if (vectors.halves != nullptr) {
    all(vectors.halves);
  } else {
    all(vectors.floats);
  }
}

// out[i] = scales[i] · Σ_j codes[i][j] query[j].
void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                   const std::int16_t* query, float* out) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const std::size_t lanes = hn::Lanes(d16);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int8_t* row = codes + i * cols;
    auto even = hn::Zero(d32);
    auto odd = hn::Zero(d32);
    std::size_t k = 0;
    for (; k + lanes <= cols; k += lanes) {
      const auto values = hn::PromoteTo(d16, hn::LoadU(d8, row + k));
      even = hn::ReorderWidenMulAccumulate(d32, values, hn::LoadU(d16, query + k), even, odd);
    }
    std::int32_t sum = hn::GetLane(hn::SumOfLanes(d32, hn::Add(even, odd)));
    for (; k < cols; ++k) sum += static_cast<std::int32_t>(row[k]) * query[k];
    out[i] = scales[i] * static_cast<float>(sum);
  }
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <array>
#include <cmath>

#include "foundation/math/impl/best.h"

namespace mla::math {
namespace {

HWY_EXPORT(row_products);
HWY_EXPORT(code_products);

constexpr std::size_t kRowsABlock = 256;
constexpr float kLargestCode = 127;
// 2048 products of 127 and 8191 still fit 32 bits, and the rounding of the query is far below
// that of the codes.
constexpr float kLargestQuery = 8191;

float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) most = std::max(most, std::fabs(value));
  return most;
}

}  // namespace

Codes encode(ConstMatrixView vectors) {
  Codes result{std::vector<std::int8_t>(vectors.rows * vectors.cols), std::vector<float>(vectors.rows), vectors.cols};
  for (std::size_t i = 0; i < vectors.rows; ++i) {
    const auto from = vectors.row(i);
    const float scale = largest(from) / kLargestCode;
    if (!(scale > 0)) continue;
    result.scales[i] = scale;
    std::int8_t* to = result.codes.data() + i * vectors.cols;
    for (std::size_t j = 0; j < vectors.cols; ++j) {
      to[j] = static_cast<std::int8_t>(std::clamp(std::nearbyint(from[j] / scale), -kLargestCode, kLargestCode));
    }
  }
  return result;
}

void products(const VectorsView& vectors, std::span<const float> query, std::span<float> scores) {
  HWY_DYNAMIC_DISPATCH(row_products)(vectors, 0, vectors.rows, query.data(), scores.data());
}

void top_k_products(const VectorsView& vectors, std::span<const float> query, std::span<const std::int32_t> excluded,
                    std::size_t k, std::vector<Scored>& out) {
  impl::Best best(k, out);
  if (k == 0) return;
  std::array<float, kRowsABlock> scores;
  std::size_t next = 0;
  for (std::size_t first = 0; first < vectors.rows; first += kRowsABlock) {
    const std::size_t count = std::min(kRowsABlock, vectors.rows - first);
    HWY_DYNAMIC_DISPATCH(row_products)(vectors, first, count, query.data(), scores.data());
    best.offer(std::span(scores).first(count), first, excluded, next);
  }
  best.finish();
}

void top_k_products(const CodesView& codes, const VectorsView& vectors, std::span<const float> query,
                    std::span<const std::int32_t> excluded, std::size_t k, std::size_t looked_at,
                    std::vector<Scored>& out) {
  impl::Best best(std::max(k, looked_at), out);
  if (k == 0) return;
  const float scale = largest(query) / kLargestQuery;
  std::vector<std::int16_t> rounded(query.size(), 0);
  for (std::size_t j = 0; j < query.size() && scale > 0; ++j) {
    rounded[j] = static_cast<std::int16_t>(std::clamp(std::nearbyint(query[j] / scale), -kLargestQuery, kLargestQuery));
  }
  std::array<float, kRowsABlock> scores;
  std::size_t next = 0;
  for (std::size_t first = 0; first < codes.rows(); first += kRowsABlock) {
    const std::size_t count = std::min(kRowsABlock, codes.rows() - first);
    HWY_DYNAMIC_DISPATCH(code_products)
    (codes.codes.data() + first * codes.cols, codes.scales.data() + first, codes.cols, count, rounded.data(),
     scores.data());
    best.offer(std::span(scores).first(count), first, excluded, next);
  }
  best.finish();

  for (Scored& scored : out) {
    HWY_DYNAMIC_DISPATCH(row_products)
    (vectors, static_cast<std::size_t>(scored.index), 1, query.data(), &scored.score);
  }
  std::erase_if(out, [](const Scored& scored) { return !(scored.score > -HUGE_VALF); });
  std::sort(out.begin(), out.end(), better);
  if (out.size() > k) out.resize(k);
}

}  // namespace mla::math
#endif  // HWY_ONCE
