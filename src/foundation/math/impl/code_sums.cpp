#include "foundation/math/impl/code_sums.h"

#include <numeric>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mla::math::impl {

namespace {

constexpr std::size_t kLanes = 32;
constexpr std::size_t kAhead = 2048;

}  // namespace

Planes planes_of(std::span<const std::int16_t> query) {
  const std::size_t padded = (query.size() + kLanes - 1) / kLanes * kLanes;
  Planes planes{std::vector<std::int8_t>(padded, 0), std::vector<std::int8_t>(padded, 0)};
  for (std::size_t j = 0; j < query.size(); ++j) {
    planes.high[j] = static_cast<std::int8_t>(query[j] >> 7);
    planes.low[j] = static_cast<std::int8_t>(query[j] & 127);
  }
  planes.offset = 128U * static_cast<std::uint32_t>(std::accumulate(query.begin(), query.end(), 0));
  return planes;
}

#if defined(__x86_64__)

// Highway 1.0 has no word for these instructions, so that they stand here by themselves.
#define MLA_VNNI __attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni")))
#define MLA_VNNI_INLINE MLA_VNNI __attribute__((always_inline)) inline

namespace {

// Σ (row + 128) high, and the same with low, each still in eight parts.
struct Parts {
  __m256i high, low;
};

MLA_VNNI_INLINE void add(Parts& parts, __m256i codes, __m256i high, __m256i low) {
  const __m256i unsigned_codes = _mm256_xor_si256(codes, _mm256_set1_epi8(static_cast<char>(0x80)));
  parts.high = _mm256_dpbusd_epi32(parts.high, unsigned_codes, high);
  parts.low = _mm256_dpbusd_epi32(parts.low, unsigned_codes, low);
}

MLA_VNNI_INLINE __m256i load(const std::int8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

// REQUIRES: `rows` is 1 or 4.
template <int rows>
MLA_VNNI_INLINE void add_rows(Parts (&parts)[4], const std::int8_t* row, std::size_t cols, const Planes& query) {
  for (Parts& one : parts) one = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  std::size_t k = 0;
  for (; k + kLanes <= cols; k += kLanes) {
    const __m256i high = load(&query.high[k]), low = load(&query.low[k]);
    for (int r = 0; r < rows; ++r) add(parts[r], load(row + static_cast<std::size_t>(r) * cols + k), high, low);
  }
  if (k == cols) return;
  const __mmask32 there = (__mmask32{1} << (cols - k)) - 1;
  const __m256i high = load(&query.high[k]), low = load(&query.low[k]);
  for (int r = 0; r < rows; ++r) {
    add(parts[r], _mm256_maskz_loadu_epi8(there, row + static_cast<std::size_t>(r) * cols + k), high, low);
  }
}

MLA_VNNI_INLINE __m256i whole(const Parts& parts) {
  return _mm256_add_epi32(_mm256_slli_epi32(parts.high, 7), parts.low);
}

MLA_VNNI_INLINE __m128i sums_of(const Parts (&parts)[4]) {
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(whole(parts[0]), whole(parts[1])),
                                        _mm256_hadd_epi32(whole(parts[2]), whole(parts[3])));
  return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

}  // namespace

bool multiplies_bytes() {
  static const bool yes = __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                          __builtin_cpu_supports("avx512vnni") != 0;
  return yes;
}

MLA_VNNI void code_products(const std::int8_t* codes, const float* scales, std::size_t cols, std::size_t count,
                            const Planes& query, float* out) {
  const __m128i offset = _mm_set1_epi32(static_cast<int>(query.offset));
  Parts parts[4];
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const std::int8_t* const row = codes + i * cols;
    for (std::size_t k = 0; k < 4 * cols; k += 64) _mm_prefetch(row + kAhead + k, _MM_HINT_T0);
    add_rows<4>(parts, row, cols, query);
    _mm_storeu_ps(out + i,
                  _mm_mul_ps(_mm_cvtepi32_ps(_mm_sub_epi32(sums_of(parts), offset)), _mm_loadu_ps(scales + i)));
  }
  for (; i < count; ++i) {
    add_rows<1>(parts, codes + i * cols, cols, query);
    out[i] = scales[i] * static_cast<float>(_mm_cvtsi128_si32(_mm_sub_epi32(sums_of(parts), offset)));
  }
}

#undef MLA_VNNI_INLINE
#undef MLA_VNNI

#else

bool multiplies_bytes() { return false; }

void code_products(const std::int8_t*, const float*, std::size_t, std::size_t, const Planes&, float*) {}

#endif

}  // namespace mla::math::impl
