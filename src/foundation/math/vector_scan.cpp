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

// Σ_j row[j] query[j] of one row.
std::int32_t code_sum(const std::int8_t* row, std::size_t cols, const std::int8_t* query) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const std::size_t lanes = hn::Lanes(d16);
  auto even = hn::Zero(d32);
  auto odd = hn::Zero(d32);
  std::size_t k = 0;
  for (; k + lanes <= cols; k += lanes) {
    const auto values = hn::PromoteTo(d16, hn::LoadU(d8, row + k));
    even = hn::ReorderWidenMulAccumulate(d32, values, hn::PromoteTo(d16, hn::LoadU(d8, query + k)), even, odd);
  }
  std::int32_t sum = hn::GetLane(hn::SumOfLanes(d32, hn::Add(even, odd)));
  for (; k < cols; ++k) sum += static_cast<std::int32_t>(row[k]) * query[k];
  return sum;
}

#if HWY_TARGET != HWY_SCALAR && !HWY_HAVE_SCALABLE  // vectors whose halves are known
#define MLA_FOUR_ROWS 1

// Adds the halves of a vector until four lanes are left.
template <class D>
HWY_INLINE auto fold(D, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) <= 4) {
    return v;
  } else {
    const hn::Half<D> half;
    return fold(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

// The sums of four rows that follow each other. Adding lanes up costs about as much as multiplying does, unless it is
// done for four at once.
HWY_INLINE hn::Vec<hn::Full128<std::int32_t>> code_sums(const std::int8_t* rows, std::size_t cols,
                                                        const std::int8_t* query) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const hn::Full128<std::int32_t> four;
  const std::size_t lanes = hn::Lanes(d16);
  auto even0 = hn::Zero(d32), even1 = even0, even2 = even0, even3 = even0;
  auto odd0 = even0, odd1 = even0, odd2 = even0, odd3 = even0;
  std::size_t k = 0;
  for (; k + lanes <= cols; k += lanes) {
    const auto wanted = hn::PromoteTo(d16, hn::LoadU(d8, query + k));
    const auto values = [&](std::size_t row)
                            HWY_ATTR { return hn::PromoteTo(d16, hn::LoadU(d8, rows + row * cols + k)); };
    even0 = hn::ReorderWidenMulAccumulate(d32, values(0), wanted, even0, odd0);
    even1 = hn::ReorderWidenMulAccumulate(d32, values(1), wanted, even1, odd1);
    even2 = hn::ReorderWidenMulAccumulate(d32, values(2), wanted, even2, odd2);
    even3 = hn::ReorderWidenMulAccumulate(d32, values(3), wanted, even3, odd3);
  }
  const auto a = fold(d32, hn::Add(even0, odd0)), b = fold(d32, hn::Add(even1, odd1));
  const auto c = fold(d32, hn::Add(even2, odd2)), d = fold(d32, hn::Add(even3, odd3));
  // a0+a2 b0+b2 a1+a3 b1+b3, and the same of c and d.
  const auto ab = hn::Add(hn::InterleaveLower(four, a, b), hn::InterleaveUpper(four, a, b));
  const auto cd = hn::Add(hn::InterleaveLower(four, c, d), hn::InterleaveUpper(four, c, d));
  auto sums = hn::Add(hn::ConcatLowerLower(four, cd, ab), hn::ConcatUpperUpper(four, cd, ab));
  if (k == cols) return sums;
  HWY_ALIGN std::int32_t rest[4] = {};
  for (; k < cols; ++k) {
    for (std::size_t row = 0; row < 4; ++row) rest[row] += static_cast<std::int32_t>(rows[row * cols + k]) * query[k];
  }
  return hn::Add(sums, hn::Load(four, rest));
}
#endif

// out[i] = scales[i] · Σ_j codes[i][j] query[j].
void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                   const std::int8_t* query, float* out) {
  std::size_t i = 0;
#ifdef MLA_FOUR_ROWS
  const hn::Full128<float> four;
  for (; i + 4 <= count; i += 4) {
    const auto sums = hn::ConvertTo(four, code_sums(codes + i * cols, cols, query));
    hn::StoreU(hn::Mul(sums, hn::LoadU(four, scales + i)), four, out + i);
  }
#undef MLA_FOUR_ROWS
#endif
  for (; i < count; ++i) out[i] = scales[i] * static_cast<float>(code_sum(codes + i * cols, cols, query));
}

}  // namespace mla::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <array>
#include <cmath>

#include "foundation/math/impl/best.h"
#include "foundation/math/impl/code_sums.h"

namespace mla::math {
namespace {

HWY_EXPORT(row_products);
HWY_EXPORT(code_products);

constexpr std::size_t kRowsABlock = 256;
// Of what all queries of a pass read before the next block: it stays in the second-level cache.
constexpr std::size_t kBytesABlock = std::size_t{128} << 10;
constexpr float kLargestCode = 127;
float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) most = std::max(most, std::fabs(value));
  return most;
}

std::size_t rows_a_block(std::size_t bytes_a_row) {
  return std::clamp(kBytesABlock / std::max<std::size_t>(1, bytes_a_row), std::size_t{1}, kRowsABlock);
}

// out[i] = code row (first + i) · query.
void code_rows(const CodesView& codes, std::size_t first, std::size_t count, const impl::ByteQuery& query, float* out) {
  const std::int8_t* rows = codes.codes.data() + first * codes.cols;
  const float* scales = codes.scales.data() + first;
  if (impl::multiplies_bytes()) {
    impl::code_products(rows, scales, codes.cols, count, query, out);
  } else {
    HWY_DYNAMIC_DISPATCH(code_products)(rows, scales, codes.cols, count, query.values.data(), out);
  }
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
  std::vector<impl::ByteQuery> as_bytes;
  for (const Query& query : queries) {
    all.emplace_back(query, std::max(query.k, query.looked_at));
    as_bytes.push_back(impl::to_bytes(query.vector));
  }
  const std::size_t block = rows_a_block(codes.cols);
  for (std::size_t first = 0; first < codes.rows(); first += block) {
    const std::size_t count = std::min(block, codes.rows() - first);
    for (std::size_t q = 0; q < all.size(); ++q) {
      code_rows(codes, first, count, as_bytes[q], all[q].scores.data());
      all[q].offer(first, count);
    }
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
