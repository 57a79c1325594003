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

// out[q][i] = scales[i] · Σ_j codes[i][j] queries[q][j], for kQueries at a time: codes are widened once for all.
template <std::size_t kQueries>
void code_products_of(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                      const std::int16_t* const* queries, float* const* out) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  using Sum = hn::Vec<decltype(d32)>;
  const std::size_t lanes = hn::Lanes(d16);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int8_t* row = codes + i * cols;
    Sum even[kQueries];
    Sum odd[kQueries];
    for (std::size_t q = 0; q < kQueries; ++q) even[q] = odd[q] = hn::Zero(d32);
    std::size_t k = 0;
    for (; k + lanes <= cols; k += lanes) {
      const auto values = hn::PromoteTo(d16, hn::LoadU(d8, row + k));
      for (std::size_t q = 0; q < kQueries; ++q) {
        even[q] = hn::ReorderWidenMulAccumulate(d32, values, hn::LoadU(d16, queries[q] + k), even[q], odd[q]);
      }
    }
    for (std::size_t q = 0; q < kQueries; ++q) {
      std::int32_t sum = hn::GetLane(hn::SumOfLanes(d32, hn::Add(even[q], odd[q])));
      for (std::size_t rest = k; rest < cols; ++rest) sum += static_cast<std::int32_t>(row[rest]) * queries[q][rest];
      out[q][i] = scales[i] * static_cast<float>(sum);
    }
  }
}

void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count, std::size_t size,
                   const std::int16_t* const* queries, float* const* out) {
  std::size_t q = 0;
  for (; q + 4 <= size; q += 4) code_products_of<4>(codes, scales, cols, count, queries + q, out + q);
  for (; q < size; ++q) code_products_of<1>(codes, scales, cols, count, queries + q, out + q);
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
// Of what all queries of a pass read before the next block: it stays in the second-level cache.
constexpr std::size_t kBytesABlock = std::size_t{128} << 10;
constexpr float kLargestCode = 127;
// 2048 products of 127 and 8191 still fit 32 bits, and the rounding of the query is far below
// that of the codes.
constexpr float kLargestQuery = 8191;

float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) most = std::max(most, std::fabs(value));
  return most;
}

std::vector<std::int16_t> round(std::span<const float> query) {
  const float scale = largest(query) / kLargestQuery;
  std::vector<std::int16_t> result(query.size(), 0);
  for (std::size_t j = 0; j < query.size() && scale > 0; ++j) {
    result[j] = static_cast<std::int16_t>(std::clamp(std::nearbyint(query[j] / scale), -kLargestQuery, kLargestQuery));
  }
  return result;
}

std::size_t rows_a_block(std::size_t bytes_a_row) {
  return std::clamp(kBytesABlock / std::max<std::size_t>(1, bytes_a_row), std::size_t{1}, kRowsABlock);
}

// A query on its way, and what is kept of it.
struct Asked {
  Asked(const Query& query_, std::size_t kept) : query(query_), best(kept, *query_.best) {}

  void offer(std::size_t first, std::size_t count) {
    if (query.k > 0) best.offer(std::span(scores).first(count), first, query.excluded, next);
  }

  Query query;
  impl::Best best;
  std::size_t next = 0;                   // in query.excluded
  std::array<float, kRowsABlock> scores;  // of the block
};

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

void top_k_products(const VectorsView& vectors, std::span<const Query> queries) {
  std::vector<Asked> all;
  all.reserve(queries.size());
  for (const Query& query : queries) all.emplace_back(query, query.k);
  const std::size_t element = vectors.halves != nullptr ? sizeof(*vectors.halves) : sizeof(*vectors.floats);
  const std::size_t block = rows_a_block(vectors.cols * element);
  for (std::size_t first = 0; first < vectors.rows; first += block) {
    const std::size_t count = std::min(block, vectors.rows - first);
    for (Asked& asked : all) {
      HWY_DYNAMIC_DISPATCH(row_products)
      (vectors, first, count, asked.query.vector.data(), asked.scores.data());
      asked.offer(first, count);
    }
  }
  for (Asked& asked : all) asked.best.finish();
}

void top_k_products(const CodesView& codes, const VectorsView& vectors, std::span<const Query> queries) {
  std::vector<Asked> all;
  all.reserve(queries.size());
  std::vector<std::vector<std::int16_t>> rounded;
  std::vector<const std::int16_t*> roughly;  // of each query, rounded
  std::vector<float*> scores;
  for (const Query& query : queries) {
    all.emplace_back(query, std::max(query.k, query.looked_at));
    scores.push_back(all.back().scores.data());
    rounded.push_back(round(query.vector));
    roughly.push_back(rounded.back().data());
  }
  const std::size_t block = rows_a_block(codes.cols);
  for (std::size_t first = 0; first < codes.rows(); first += block) {
    const std::size_t count = std::min(block, codes.rows() - first);
    HWY_DYNAMIC_DISPATCH(code_products)
    (codes.codes.data() + first * codes.cols, codes.scales.data() + first, codes.cols, count, queries.size(),
     roughly.data(), scores.data());
    for (Asked& asked : all) asked.offer(first, count);
  }
  for (Asked& asked : all) {
    asked.best.finish();
    std::vector<Scored>& best = *asked.query.best;
    for (Scored& scored : best) {
      HWY_DYNAMIC_DISPATCH(row_products)
      (vectors, static_cast<std::size_t>(scored.index), 1, asked.query.vector.data(), &scored.score);
    }
    std::erase_if(best, [](const Scored& scored) { return !(scored.score > -HUGE_VALF); });
    std::sort(best.begin(), best.end(), better);
    if (best.size() > asked.query.k) best.resize(asked.query.k);
  }
}

}  // namespace mla::math
#endif  // HWY_ONCE
