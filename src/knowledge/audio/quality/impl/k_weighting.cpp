#include "knowledge/audio/quality/impl/k_weighting.h"

#include <cmath>
#include <numbers>

namespace mla::audio {
namespace {

constexpr double kShelfHz = 1681.974450955533;
constexpr double kShelfGainDb = 3.999843853973347;
constexpr double kShelfQ = 0.7071752369554196;
constexpr double kHighPassHz = 38.13547087602444;
constexpr double kHighPassQ = 0.5003270373238773;

}  // namespace

KWeighting::KWeighting(int sample_rate) {
  if (sample_rate > 2 * kShelfHz) {
    const double k = std::tan(std::numbers::pi * kShelfHz / sample_rate);
    const double high = std::pow(10.0, kShelfGainDb / 20.0);
    const double band = std::pow(high, 0.4996667741545416);
    const double a0 = 1.0 + k / kShelfQ + k * k;
    shelf_.b0 = (high + band * k / kShelfQ + k * k) / a0;
    shelf_.b1 = 2.0 * (k * k - high) / a0;
    shelf_.b2 = (high - band * k / kShelfQ + k * k) / a0;
    shelf_.a1 = 2.0 * (k * k - 1.0) / a0;
    shelf_.a2 = (1.0 - k / kShelfQ + k * k) / a0;
  }
  if (sample_rate > 2 * kHighPassHz) {
    const double k = std::tan(std::numbers::pi * kHighPassHz / sample_rate);
    const double a0 = 1.0 + k / kHighPassQ + k * k;
    high_pass_.b0 = 1.0;
    high_pass_.b1 = -2.0;
    high_pass_.b2 = 1.0;
    high_pass_.a1 = 2.0 * (k * k - 1.0) / a0;
    high_pass_.a2 = (1.0 - k / kHighPassQ + k * k) / a0;
  }
}

double KWeighting::energy(std::span<const float> samples) {
  double sum = 0;
  Biquad shelf = shelf_;
  Biquad high_pass = high_pass_;
  for (const float sample : samples) {
    const double y = high_pass.step(shelf.step(sample));
    sum += y * y;
  }
  shelf.settle();
  high_pass.settle();
  shelf_ = shelf;
  high_pass_ = high_pass;
  return sum;
}

// In silence the states would shrink into denormal numbers, a hundred times slower.
void KWeighting::Biquad::settle() {
  constexpr double kInaudible = 1e-30;
  if (std::abs(s1) < kInaudible) s1 = 0;
  if (std::abs(s2) < kInaudible) s2 = 0;
}

}  // namespace mla::audio
