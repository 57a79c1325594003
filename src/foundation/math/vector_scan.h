#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"
#include "foundation/math/top_k.h"
#include "foundation/math/vectors_view.h"

// The vectors with the largest inner product with a query, by looking at all of them. One pass over memory: products
// are made a block at a time and compared with the worst of the k best so far, so that no row of scores is written.
// SIMD with dispatch at run time; const data may be shared by threads.
namespace mla::math {

// Vectors as bytes with one scale each (symmetric quantisation): v_ij ≈ scales_i · codes_ij, scales_i = max_j |v_ij| /
// 127. An element is off by at most half a scale. A quarter of the memory, and of the time where memory is the limit.
struct CodesView {
  std::span<const std::int8_t> codes;  // rows × cols
  std::span<const float> scales;       // rows; 0 for a zero vector
  std::size_t cols = 0;

  std::size_t rows() const { return scales.size(); }
};
struct Codes {
  std::vector<std::int8_t> codes;
  std::vector<float> scales;
  std::size_t cols = 0;

  CodesView view() const { return {codes, scales, cols}; }
};

// REQUIRES: finite values.
Codes encode(ConstMatrixView vectors);

// scores[i] = row i · query. REQUIRES: query.size() == vectors.cols, scores.size() == vectors.rows.
void products(const VectorsView& vectors, std::span<const float> query, std::span<float> scores);

// One of the queries of a pass. `best` is replaced by the k best rows, best first, as top_k does with their products.
struct Query {
  std::span<const float> vector;           // cols
  std::span<const std::int32_t> excluded;  // ascends and is unique
  std::size_t k;
  std::vector<Scored>* best;
  std::size_t looked_at = 0;  // where codes are searched: rows whose exact products are made
};

// All queries in one pass: vectors come from memory once, a block at a time. Each gets what it would get alone, bit by
// bit.
void top_k_products(const VectorsView& vectors, std::span<const Query> queries);
inline void top_k_products(const VectorsView& vectors, std::span<const float> query,
                           std::span<const std::int32_t> excluded, std::size_t k, std::vector<Scored>& best) {
  const Query one{query, excluded, k, &best, 0};
  top_k_products(vectors, std::span(&one, 1));
}

// The same in two steps: `looked_at` rows, k at least, whose codes have the largest products, of which the k best by
// their exact products are kept. What is lost are rows that the codes put behind that many others.
// REQUIRES: codes are of these vectors; finite queries; cols <= 2048, so that sums fit 32 bits.
void top_k_products(const CodesView& codes, const VectorsView& vectors, std::span<const Query> queries);

}  // namespace mla::math
