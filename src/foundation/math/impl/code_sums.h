#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mla::math::impl {

// A query of 14 bits a value as two planes of bytes, for processors that multiply bytes four at a time (AVX-512 VNNI):
// value = 128 high + low. Both are padded with zeros to whole vectors of 32.
struct Planes {
  std::vector<std::int8_t> high;  // -64 … 63
  std::vector<std::int8_t> low;   // 0 … 127
  std::uint32_t offset = 0;       // 128 Σ values: what the codes add that are taken without a sign
};

// Whether this processor can do what `code_products(…, Planes, …)` needs.
bool multiplies_bytes();

// REQUIRES: values within -8192 … 8191.
Planes planes_of(std::span<const std::int16_t> query);

// out[i] = scales[i] · Σ_j codes[i][j] query[j]; the sums are exact as long as they fit 32 bits.
// REQUIRES: multiplies_bytes(); `cols` values in the query.
void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                   const Planes& query, float* out);

}  // namespace mla::math::impl
