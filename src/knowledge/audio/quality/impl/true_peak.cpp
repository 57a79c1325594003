#include "knowledge/audio/quality/impl/true_peak.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "knowledge/audio/quality/impl/sums.h"

namespace mla::audio {
namespace {

constexpr std::size_t kStretch = 64;

int oversampling(int sample_rate) { return sample_rate < 96000 ? 4 : sample_rate < 192000 ? 2 : 1; }

double sinc(double x) { return x == 0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

// Kaiser window, x in [-1, 1], β = 6: ripple below 0.01 dB up to 0.9 of the Nyquist frequency with 16 taps.
double kaiser(double x) {
  constexpr double kBeta = 6.0;
  return std::cyl_bessel_i(0.0, kBeta * std::sqrt(std::max(0.0, 1.0 - x * x))) / std::cyl_bessel_i(0.0, kBeta);
}

}  // namespace

TruePeak::TruePeak(int sample_rate) : factor_(oversampling(sample_rate)), kept_(2 * kHalf - 1, 0.0F) {
  for (int phase = 1; phase < factor_; ++phase) {
    const double offset = static_cast<double>(phase) / factor_;
    float magnitude = 0;
    double sum = 0;
    const std::size_t start = taps_.size();
    for (std::size_t i = 0; i < 2 * kHalf; ++i) {
      const double x = static_cast<double>(i) - (kHalf - 1.0) - offset;
      taps_.push_back(static_cast<float>(sinc(x) * kaiser(x / kHalf)));
      sum += taps_.back();
    }
    for (std::size_t i = start; i < taps_.size(); ++i) {  // a constant stays what it is
      taps_[i] = static_cast<float>(taps_[i] / sum);
      magnitude += std::abs(taps_[i]);
    }
    gain_ = std::max(gain_, magnitude);
  }
}

void TruePeak::push(std::span<const float> samples) {
  kept_.insert(kept_.end(), samples.begin(), samples.end());
  // kept_[i] is sample seen_ + i - (2 kHalf - 1); the points looked at lie after its kHalf-th.
  const std::size_t points = kept_.size() - (2 * kHalf - 1);
  for (std::size_t begin = 0; begin < points; begin += kStretch) {
    const std::size_t count = std::min(kStretch, points - begin);
    look_at(std::span(kept_).subspan(begin, count + 2 * kHalf - 1), seen_ + begin);
  }
  seen_ += samples.size();
  kept_.erase(kept_.begin(), kept_.end() - (2 * kHalf - 1));
}

void TruePeak::look_at(std::span<const float> window, std::size_t first) {
  if (largest_magnitude(window) * gain_ <= peak_) return;
  const auto raise = [&](float value, std::size_t i) {
    if (std::abs(value) <= peak_) return;
    peak_ = std::abs(value);
    position_ = first + i >= kHalf ? first + i - kHalf : 0;
  };
  const std::size_t points = window.size() - (2 * kHalf - 1);
  for (std::size_t i = 0; i < points; ++i) raise(window[i + kHalf - 1], i);
  for (int phase = 1; phase < factor_; ++phase) {
    const float* taps = taps_.data() + static_cast<std::size_t>(phase - 1) * 2 * kHalf;
    std::array<float, kStretch> values{};
    for (std::size_t k = 0; k < 2 * kHalf; ++k) {
      for (std::size_t i = 0; i < points; ++i) values[i] += taps[k] * window[i + k];
    }
    for (std::size_t i = 0; i < points; ++i) raise(values[i], i);
  }
}

void TruePeak::finish() {
  const std::vector<float> silence(kHalf, 0.0F);
  push(silence);
  seen_ -= kHalf;
}

}  // namespace mla::audio
