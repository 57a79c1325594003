#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mla::math::impl {

// A query whose values were rounded to whole numbers from -127 to 127, as codes are.
struct ByteQuery {
  std::vector<std::int8_t> values;  // padded with zeros to whole vectors of 32
  std::int32_t sum = 0;             // of the values
};

// Whether this processor can do what `code_products` needs.
bool multiplies_bytes();

// The values, largest first brought to 127; zeros where there is nothing to bring up.
ByteQuery to_bytes(std::span<const float> query);

// out[i] = scales[i] · Σ_j codes[i][j] query.values[j]; the sums are exact as long as they fit 32 bits.
// REQUIRES: multiplies_bytes(); `cols` values in the query before it was padded.
void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                   const ByteQuery& query, float* out);

}  // namespace mla::math::impl
