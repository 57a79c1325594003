#include "knowledge/audio/quality/impl/true_peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "knowledge/audio/quality/impl/true_peak.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::audio::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Of a vector of points: the largest magnitude of the sample window[kHalf − 1] and of the `phases` points after it,
// each the sum of kTaps samples times the phase's taps.
template <class D>
HWY_INLINE hn::Vec<D> magnitudes_at(D d, const float* window, const float* taps, std::size_t phases) {
  constexpr std::size_t kTaps = 2 * TruePeak::kHalf;
  auto most = hn::Abs(hn::LoadU(d, window + TruePeak::kHalf - 1));
  for (std::size_t phase = 0; phase < phases; ++phase, taps += kTaps) {
    auto even = hn::Zero(d);  // two sums, so that one addition need not wait for the other
    auto odd = hn::Zero(d);
    for (std::size_t k = 0; k < kTaps; k += 2) {
      even = hn::MulAdd(hn::Set(d, taps[k]), hn::LoadU(d, window + k), even);
      odd = hn::MulAdd(hn::Set(d, taps[k + 1]), hn::LoadU(d, window + k + 1), odd);
    }
    most = hn::Max(most, hn::Abs(hn::Add(even, odd)));
  }
  return most;
}

// The largest magnitude of the samples of window[i] … window[i + lanes + 2 kHalf − 2], which the points of a vector are
// made of.
template <class D>
HWY_INLINE float largest_around(D d, const float* window) {
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t last = 2 * TruePeak::kHalf - 1;
  auto most = hn::Abs(hn::LoadU(d, window + last));
  for (std::size_t k = 0; k < last; k += lanes) most = hn::Max(most, hn::Abs(hn::LoadU(d, window + k)));
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

// Raises `largest` to the largest magnitude of `points` samples and of what lies between, and sets `index` to the
// sample it belongs to, if there is a larger one. Vectors that cannot raise it are passed over: no point is more than
// `gain` times the samples around it.
void largest_between(const float* window, std::size_t points, const float* taps, std::size_t phases, float gain,
                     float* largest, std::size_t* index) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;  // the same operations, so that the size of blocks changes no bit
  const std::size_t lanes = hn::Lanes(d);
  HWY_ALIGN float magnitudes[HWY_MAX_BYTES / sizeof(float)];
  for (std::size_t i = 0; i < points;) {
    const bool whole = i + lanes <= points;
    const std::size_t count = whole ? lanes : 1;
    const float around = whole ? largest_around(d, window + i) : largest_around(one, window + i);
    if (around * gain > *largest) {
      if (whole) {
        hn::Store(magnitudes_at(d, window + i, taps, phases), d, magnitudes);
      } else {
        hn::Store(magnitudes_at(one, window + i, taps, phases), one, magnitudes);
      }
      for (std::size_t lane = 0; lane < count; ++lane) {
        if (magnitudes[lane] <= *largest) continue;
        *largest = magnitudes[lane];
        *index = i + lane;
      }
    }
    i += count;
  }
}

}  // namespace mla::audio::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/quality/block.h"

namespace mla::audio {
namespace {

HWY_EXPORT(largest_between);

int oversampling(int sample_rate) { return sample_rate < 96000 ? 4 : sample_rate < 192000 ? 2 : 1; }

double sinc(double x) { return x == 0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

// Kaiser window, x in [-1, 1], β = 6: ripple below 0.01 dB up to 0.9 of the Nyquist frequency with 16 taps.
double kaiser(double x) {
  constexpr double kBeta = 6.0;
  return std::cyl_bessel_i(0.0, kBeta * std::sqrt(std::max(0.0, 1.0 - x * x))) / std::cyl_bessel_i(0.0, kBeta);
}

}  // namespace

TruePeak::TruePeak(int sample_rate) : factor_(oversampling(sample_rate)), kept_(kReach, 0.0F) {
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
    gain_ = std::max(gain_, magnitude * 1.00001F);  // beyond what rounding adds
  }
}

void TruePeak::push(std::span<const float> samples, std::span<const float> peaks) {
  float before = largest_magnitude(kept_);
  for (std::size_t piece = 0; piece < peaks.size(); ++piece) {
    const std::size_t begin = piece * kPiece;
    const std::size_t count = std::min(kPiece, samples.size() - begin);
    const bool may_raise = std::max(before, peaks[piece]) * gain_ > peak_;
    before = peaks[piece];
    if (!may_raise) continue;
    if (piece > 0) {
      look_at(samples.subspan(begin - kReach, count + kReach), seen_ + begin);
      continue;
    }
    std::array<float, kReach + kPiece> window;
    std::copy(kept_.begin(), kept_.end(), window.begin());
    std::copy_n(samples.begin(), count, window.begin() + kReach);
    look_at(std::span(window).first(kReach + count), seen_);
  }
  seen_ += samples.size();
  const auto last = samples.last(std::min(kReach, samples.size()));
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(last.size()));
  kept_.insert(kept_.end(), last.begin(), last.end());
}

void TruePeak::look_at(std::span<const float> window, std::size_t first) {
  float largest = peak_;
  std::size_t at = 0;
  HWY_DYNAMIC_DISPATCH(largest_between)
  (window.data(), window.size() - kReach, taps_.data(), static_cast<std::size_t>(factor_ - 1), gain_, &largest, &at);
  if (largest <= peak_) return;
  peak_ = largest;
  position_ = first + at >= kHalf ? first + at - kHalf : 0;
}

void TruePeak::finish() {
  const std::array<float, kHalf> silence{};
  push(silence, std::array{0.0F});
  seen_ -= kHalf;
}

}  // namespace mla::audio
#endif  // HWY_ONCE
