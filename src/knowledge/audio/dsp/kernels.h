#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mla::audio {

// Vectorised loops of the descriptors, chosen for the processor at run time. Sums are of 32-bit floats in lanes, so
// that they may differ between processors in the last bits. Pairs of spans have one size.

float dot(std::span<const float> a, std::span<const float> b);
// out[lag] = Σ_i values[i] values[i + lag] for lag 0 … out.size() − 1. REQUIRES: out.size() <= values.size().
void correlate(std::span<const float> values, std::span<float> out);
// out[i] = Σ_j taps[j] values[i + j]. REQUIRES: out.size() + taps.size() <= values.size() + 1; no overlap.
void filter(std::span<const float> values, std::span<const float> taps, std::span<float> out);
float sum(std::span<const float> values);
// Σ max(values[i], floor)
float sum_above(std::span<const float> values, float floor);
// Σ a[i] (b[i] − centre)²
float spread(std::span<const float> a, std::span<const float> b, float centre);
// Σ (a[i] − b[i])²
float squared_distance(std::span<const float> a, std::span<const float> b);
// max |values[i]|, 0 of none.
float largest_magnitude(std::span<const float> values);
// Largest and sum of the magnitudes of the sixth differences, Σ_k (−1)^k binomial(6, k) values[i + k].
struct Roughness {
  float largest = 0;
  float sum = 0;
};
Roughness roughness(std::span<const float> values);
// The mean of the `count` smallest and of the `count` largest values, added up from the outermost.
struct Extremes {
  float smallest = 0;
  float largest = 0;
};
// REQUIRES: 0 < count <= values.size().
Extremes extremes(std::span<const float> values, std::size_t count);
// out[i] = ln max(values[i], floor). REQUIRES: floor > 0.
void log_above(std::span<const float> values, float floor, std::span<float> out);
// Σ ln max(values[i], floor). REQUIRES: floor > 0.
float log_sum(std::span<const float> values, float floor);
// How often the sign changes between neighbours; |value| <= threshold counts as positive.
std::size_t sign_changes(std::span<const float> values, float threshold);
// out[i] = round(65535 values[i] / peak), the inverse multiplies. REQUIRES: 0 <= values[i] <= peak, peak > 0.
void pack(std::span<const float> values, float peak, std::span<std::uint16_t> out);
// out[i] = (codes[i] · peak / 65535)²
void unpack_squared(std::span<const std::uint16_t> codes, float peak, std::span<float> out);

}  // namespace mla::audio
