#include "foundation/math/impl/code_sums.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mla::math::impl {

namespace {

constexpr std::size_t kLanes = 32;
constexpr std::size_t kAhead = 2048;
constexpr float kLargest = 127;

}  // namespace

ByteQuery to_bytes(std::span<const float> query) {
  ByteQuery bytes{std::vector<std::int8_t>((query.size() + kLanes - 1) / kLanes * kLanes, 0)};
  float largest = 0;
  for (const float value : query) largest = std::max(largest, std::fabs(value));
  const float scale = largest / kLargest;
  for (std::size_t j = 0; j < query.size() && scale > 0; ++j) {
    bytes.values[j] = static_cast<std::int8_t>(std::clamp(std::nearbyint(query[j] / scale), -kLargest, kLargest));
  }
  bytes.sum = std::accumulate(bytes.values.begin(), bytes.values.end(), 0);
  return bytes;
}

#if defined(__x86_64__)

// Highway 1.0 has no word for these instructions, so that they stand here by themselves.
#define MLA_VNNI __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni")))
#define MLA_VNNI_INLINE MLA_VNNI __attribute__((always_inline)) inline

namespace {

MLA_VNNI_INLINE __m256i load(const std::int8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

// Adds Σ (codes + 128) query, in eight parts: the instruction takes one factor without a sign.
MLA_VNNI_INLINE void add(__m256i& sum, __m256i codes, __m256i query) {
  sum = _mm256_dpbusd_epi32(sum, _mm256_xor_si256(codes, _mm256_set1_epi8(static_cast<char>(0x80))), query);
}

// REQUIRES: `rows` is 1 or 4.
template <int rows>
MLA_VNNI_INLINE void add_rows(__m256i (&sums)[4], const std::int8_t* row, std::size_t cols, const std::int8_t* query) {
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  std::size_t k = 0;
  for (; k + kLanes <= cols; k += kLanes) {
    const __m256i wanted = load(query + k);
    for (int r = 0; r < rows; ++r) add(sums[r], load(row + static_cast<std::size_t>(r) * cols + k), wanted);
  }
  if (k == cols) return;
  const __mmask32 there = (__mmask32{1} << (cols - k)) - 1;
  const __m256i wanted = load(query + k);
  for (int r = 0; r < rows; ++r) {
    add(sums[r], _mm256_maskz_loadu_epi8(there, row + static_cast<std::size_t>(r) * cols + k), wanted);
  }
}

MLA_VNNI_INLINE __m128i whole(const __m256i (&sums)[4]) {
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
  return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

}  // namespace

bool multiplies_bytes() {
  static const bool yes = __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                          __builtin_cpu_supports("avx512vnni") != 0;
  return yes;
}

MLA_VNNI void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                            const ByteQuery& query, float* out) {
  const __m128i offset = _mm_set1_epi32(128 * query.sum);
  __m256i sums[4];
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const std::int8_t* const row = codes + i * cols;
    for (std::size_t k = 0; k < 4 * cols; k += 64) _mm_prefetch(row + kAhead + k, _MM_HINT_T0);
    add_rows<4>(sums, row, cols, query.values.data());
    _mm_storeu_ps(out + i, _mm_mul_ps(_mm_cvtepi32_ps(_mm_sub_epi32(whole(sums), offset)), _mm_loadu_ps(scales + i)));
  }
  for (; i < count; ++i) {
    add_rows<1>(sums, codes + i * cols, cols, query.values.data());
    out[i] = scales[i] * static_cast<float>(_mm_cvtsi128_si32(_mm_sub_epi32(whole(sums), offset)));
  }
}

#undef MLA_VNNI_INLINE
#undef MLA_VNNI

#else

bool multiplies_bytes() { return false; }

void code_products(const std::int8_t*, const float*, std::size_t, std::size_t, const ByteQuery&, float*) {}

#endif

}  // namespace mla::math::impl
