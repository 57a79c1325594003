#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

// Sums over samples in sixteen parts side by side, which every compiler turns into vectors. Blocks are short, so that
// single precision is enough.
namespace mla::audio {

inline constexpr std::size_t kSumParts = 16;

template <class Term>
float sum_of(std::size_t count, const Term& term) {
  std::array<float, kSumParts> parts{};
  std::size_t i = 0;
  for (; i + kSumParts <= count; i += kSumParts) {
    for (std::size_t k = 0; k < kSumParts; ++k) parts[k] += term(i + k);
  }
  float sum = 0;
  for (const float part : parts) sum += part;
  for (; i < count; ++i) sum += term(i);
  return sum;
}

inline float sum(std::span<const float> a) {
  return sum_of(a.size(), [&](std::size_t i) { return a[i]; });
}
inline float sum_of_squares(std::span<const float> a) {
  return sum_of(a.size(), [&](std::size_t i) { return a[i] * a[i]; });
}
// REQUIRES: equal sizes.
inline float sum_of_products(std::span<const float> a, std::span<const float> b) {
  return sum_of(a.size(), [&](std::size_t i) { return a[i] * b[i]; });
}

inline float largest_magnitude(std::span<const float> a) {
  std::array<float, kSumParts> parts{};
  std::size_t i = 0;
  for (; i + kSumParts <= a.size(); i += kSumParts) {
    for (std::size_t k = 0; k < kSumParts; ++k) {
      const float magnitude = std::abs(a[i + k]);
      parts[k] = parts[k] < magnitude ? magnitude : parts[k];
    }
  }
  float largest = *std::max_element(parts.begin(), parts.end());
  for (; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i]));
  return largest;
}

}  // namespace mla::audio
