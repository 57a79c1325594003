#include "knowledge/audio/descriptors/chroma.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "knowledge/audio/dsp/kernels.h"

namespace mla::audio {
namespace {

constexpr double kLowestA = 27.5;  // Hz, A0

}  // namespace

ChromaBank::ChromaBank(int sample_rate, int n_fft, double tuning)
    : bins_(static_cast<std::size_t>(n_fft) / 2 + 1), weights_(kPitchClasses * bins_) {
  constexpr double kClasses = kPitchClasses;
  constexpr double kCentreOctave = 5;
  constexpr double kOctaveWidth = 2;
  // Semitones above A0; the bin of 0 Hz counts as one and a half octaves below bin 1.
  const auto position = [&](std::size_t bin) {
    const double hz = static_cast<double>(std::max<std::size_t>(bin, 1)) * sample_rate / n_fft;
    const double semitones = kClasses * std::log2(hz / kLowestA) - tuning;
    return bin == 0 ? semitones - 1.5 * kClasses : semitones;
  };
  for (std::size_t k = 0; k < bins_; ++k) {
    const double at = position(k);
    const double width = std::max(position(k + 1) - at, 1.0);
    const double octave = (at / kClasses - kCentreOctave) / kOctaveWidth;
    std::array<double, kPitchClasses> bump;
    double squares = 0;
    for (std::size_t c = 0; c < kPitchClasses; ++c) {
      double away = std::fmod(at - static_cast<double>(c) + 6 + 120, kClasses);
      if (away < 0) away += kClasses;
      away -= 6;
      bump[c] = std::exp(-0.5 * (2 * away / width) * (2 * away / width));
      squares += bump[c] * bump[c];
    }
    const double scale = std::exp(-0.5 * octave * octave) / std::sqrt(squares);
    // Classes counted from A become classes counted from C.
    for (std::size_t c = 0; c < kPitchClasses; ++c) {
      weights_[(c + kPitchClasses - 3) % kPitchClasses * bins_ + k] = static_cast<float>(bump[c] * scale);
    }
  }
}

void ChromaBank::apply(std::span<const float> power, std::span<float> out) const {
  for (std::size_t c = 0; c < kPitchClasses; ++c) out[c] = dot(power, std::span(weights_).subspan(c * bins_, bins_));
  normalize_by_peak(out);
}

void normalize_by_peak(std::span<float> values) {
  float peak = 0;
  for (const float value : values) peak = std::max(peak, std::fabs(value));
  if (peak < std::numeric_limits<float>::min()) return;
  for (float& value : values) value /= peak;
}

TuningEstimator::TuningEstimator(int sample_rate, int n_fft, int steps_an_octave)
    : bin_hz_(static_cast<double>(sample_rate) / n_fft),
      steps_an_octave_(steps_an_octave),
      first_bin_(std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(150 / bin_hz_)))),
      last_bin_(std::min(static_cast<std::size_t>(std::ceil(std::min(4000.0, sample_rate / 2.0) / bin_hz_)),
                         static_cast<std::size_t>(n_fft) / 2)) {}

void TuningEstimator::add(std::span<const float> power) {
  const float reference = 0.1f * *std::max_element(power.begin(), power.end());
  const auto strong = [reference](float value) { return value > reference ? value : 0.0f; };
  for (std::size_t k = first_bin_; k < last_bin_; ++k) {
    const float here = power[k];
    if (!(here > reference) || !(here > strong(power[k - 1])) || !(here >= strong(power[k + 1]))) continue;
    const float curve = power[k + 1] + power[k - 1] - 2 * here;
    const float slope = (power[k + 1] - power[k - 1]) / 2;
    const float shift = std::fabs(slope) >= std::fabs(curve) ? 0 : -slope / curve;
    const float strength = here + 0.5f * slope * shift;
    const double hz = (static_cast<double>(k) + static_cast<double>(shift)) * bin_hz_;
    const double steps = steps_an_octave_ * std::log2(hz / kLowestA);
    double deviation = steps - std::floor(steps);
    if (deviation >= 0.5) deviation -= 1;
    const int step = std::clamp(static_cast<int>((deviation + 0.5) * kSteps), 0, kSteps - 1);
    const Peak peak{strength, static_cast<std::uint8_t>(step)};
    if (counts_.empty() && kept_.size() < kKept) {
      kept_.push_back(peak);
      continue;
    }
    for (const Peak& earlier : kept_) count(earlier);
    kept_ = std::vector<Peak>();  // frees it
    count(peak);
  }
}

void TuningEstimator::count(const Peak& peak) {
  constexpr int kDroppedBits = 17;  // 6 of 23 bits of the mantissa stay
  ++counts_[std::bit_cast<std::uint32_t>(peak.strength) >> kDroppedBits][peak.step];
}

double TuningEstimator::estimate() const {
  std::array<double, kSteps> histogram{};
  const auto commonest = [&histogram] {
    const auto best = std::max_element(histogram.begin(), histogram.end()) - histogram.begin();
    return -0.5 + static_cast<double>(best) / kSteps;
  };
  if (!kept_.empty()) {
    std::vector<float> strengths;
    for (const Peak& peak : kept_) strengths.push_back(peak.strength);
    const auto middle = strengths.begin() + static_cast<std::ptrdiff_t>(strengths.size() / 2);
    std::nth_element(strengths.begin(), middle, strengths.end());
    float median = *middle;
    if (strengths.size() % 2 == 0) median = (median + *std::max_element(strengths.begin(), middle)) / 2;
    for (const Peak& peak : kept_) histogram[peak.step] += peak.strength >= median ? 1 : 0;
    return commonest();
  }
  std::uint64_t total = 0;
  for (const auto& [key, row] : counts_) {
    for (const std::uint32_t count : row) total += count;
  }
  if (total == 0) return 0;
  double wanted = std::ceil(static_cast<double>(total) / 2);  // the stronger half
  for (auto at = counts_.rbegin(); at != counts_.rend() && wanted > 0; ++at) {
    double here = 0;
    for (const std::uint32_t count : at->second) here += count;
    const double share = std::min(1.0, wanted / here);
    for (std::size_t s = 0; s < histogram.size(); ++s) histogram[s] += share * at->second[s];
    wanted -= here;
  }
  return commonest();
}

}  // namespace mla::audio
