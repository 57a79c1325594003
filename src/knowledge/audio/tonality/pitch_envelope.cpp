#include "knowledge/audio/tonality/pitch_envelope.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace mla::audio {

namespace {

constexpr double kBinWidth = 22050.0 / 2048.0;
constexpr std::size_t kLowestBin = 4;     // 43 Hz
constexpr std::size_t kHighestBin = 195;  // 2,100 Hz
constexpr double kBassEnd = 260.0;
constexpr double kTrebleStart = 150.0;
constexpr float kAudible = 1e-4F;  // of the frame's strongest bin: 40 dB
constexpr float kSilence = 1e-5F;  // power of a bin; a full-scale sine has 2.6e5

void write(const std::array<float, PitchEnvelope::kClasses>& from,
           std::array<std::uint8_t, PitchEnvelope::kClasses>& to) {
  const float strongest = *std::max_element(from.begin(), from.end());
  if (strongest <= 0.0F) return;
  for (std::size_t i = 0; i < from.size(); ++i)
    to[i] = static_cast<std::uint8_t>(std::lround(255.0F * from[i] / strongest));
}

}  // namespace

void PitchEnvelope::add_peak(double bin, double amplitude) {
  const double frequency = bin * kBinWidth;
  const double pitch = 69.0 + (12.0 * std::log2(frequency / 440.0));
  // Low partials lie between too few bins to say anything about cents.
  if (frequency > 250.0) {
    const double angle = 2.0 * std::numbers::pi * pitch;
    tuning_cosine_ += amplitude * std::cos(angle);
    tuning_sine_ += amplitude * std::sin(angle);
    tuning_weight_ += amplitude;
  }
  const double tuned = pitch - tuning_;
  const double nearest = std::round(tuned);
  const double closeness = std::cos(std::numbers::pi * (tuned - nearest));
  const auto strength = static_cast<float>(amplitude * closeness * closeness);
  const std::size_t pitch_class = static_cast<std::size_t>(std::lround(nearest)) % kClasses;
  if (frequency >= kTrebleStart) {
    // Harmonics above the notes themselves say less and less about the chord.
    treble_[pitch_class] += strength * static_cast<float>(std::min(1.0, 700.0 / frequency));
  }
  if (frequency < kBassEnd) bass_[pitch_class] += strength;
}

void PitchEnvelope::add(std::span<const float> power) {
  std::array<float, 8> sums{};
  for (std::size_t bin = 1; bin + 8 <= power.size(); bin += 8)
    for (std::size_t j = 0; j < 8; ++j) sums[j] += power[bin + j];
  power_ = std::max(power_, std::accumulate(sums.begin(), sums.end(), 0.0F));
  if (frame_ % 2 == 0) {
    tuning_ = tuning_cents() / 100.0;
    const float strongest = *std::max_element(power.begin() + kLowestBin, power.begin() + kHighestBin);
    const float threshold = std::max(strongest * kAudible, kSilence);
    for (std::size_t bin = kLowestBin; bin < kHighestBin; ++bin) {
      const float here = power[bin];
      if (here < threshold || here <= power[bin - 1] || here < power[bin + 1]) continue;
      // Relative to the peak: logarithms of two ratios instead of three powers.
      const double left = std::log(std::max(power[bin - 1] / here, 1e-20F));
      const double right = std::log(std::max(power[bin + 1] / here, 1e-20F));
      const double bend = left + right;
      const double offset = bend < -1e-9 ? 0.5 * (left - right) / bend : 0.0;
      add_peak(static_cast<double>(bin) + std::clamp(offset, -0.5, 0.5), std::sqrt(here));
    }
  }
  if (++frame_ % kFramesPerRow == 0) write_row();
}

void PitchEnvelope::finish() {
  if (frame_ % kFramesPerRow == 0) return;
  write_row();
  frame_ = 0;
}

void PitchEnvelope::write_row() {
  Row& row = rows_.emplace_back();
  write(treble_, row.treble);
  write(bass_, row.bass);
  // A full-scale sine has a power of about 4e5 summed over the main lobe of a 2,048-point Hann window.
  const double decibels = 10.0 * std::log10((static_cast<double>(power_) / 4e5) + 1e-20);
  row.level = static_cast<std::uint8_t>(std::lround(std::clamp((decibels + 127.5) * 2.0, 0.0, 255.0)));
  treble_.fill(0.0F);
  bass_.fill(0.0F);
  power_ = 0.0F;
}

double PitchEnvelope::pitchedness() const {
  return std::hypot(tuning_cosine_, tuning_sine_) / std::max(tuning_weight_, 1e-9);
}

double PitchEnvelope::tuning_cents() const {
  // Without a clear direction (noise, silence) there is no tuning.
  if (pitchedness() < 0.1) return 0.0;
  const double cents = 100.0 * std::atan2(tuning_sine_, tuning_cosine_) / (2.0 * std::numbers::pi);
  return cents >= 50.0 ? -50.0 : cents;
}

}  // namespace mla::audio
