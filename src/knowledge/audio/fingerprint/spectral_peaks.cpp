#include "knowledge/audio/fingerprint/spectral_peaks.h"

#include <algorithm>
#include <cmath>

namespace mla::audio {
namespace {

constexpr double kBinHertz = 22050.0 / 2048.0;
constexpr std::size_t kFirst = 19;  // the bin from 200 Hz on
constexpr std::size_t kEnd = 465;   // behind the bin of 5 kHz
constexpr std::size_t kBand = kEnd - kFirst;
constexpr std::size_t kReach = SpectralPeaks::kReachBins;
constexpr std::size_t kRows = 2 * SpectralPeaks::kReachFrames + 1;
constexpr float kSilence = 1e-4F;  // 94 dB below a sine at full scale
constexpr float kTilt = 1.0F;      // a peak an octave higher counts as so many times 3 dB louder

// loudest[i] = max(power[i − kReach … i + kReach]) of the band: maxima over 2, 4, 8, … bins, then two of those that
// cover the rest.
void widen(std::span<const float> power, std::vector<float>& loudest, std::vector<float>& scratch) {
  scratch.assign(kBand + 2 * kReach, 0.0F);
  std::copy(power.begin(), power.end(), scratch.begin() + kReach);
  std::size_t width = 1;
  std::size_t size = scratch.size();
  for (; 2 * width <= 2 * kReach + 1; width *= 2) {
    size -= width;
    for (std::size_t i = 0; i < size; ++i) scratch[i] = std::max(scratch[i], scratch[i + width]);
  }
  const std::size_t rest = 2 * kReach + 1 - width;
  loudest.resize(kBand);
  for (std::size_t i = 0; i < kBand; ++i) loudest[i] = std::max(scratch[i], scratch[i + rest]);
}

// The peak of the parabola through the logarithms of three neighbouring bins: offset of its top in bins, ±½.
float top_offset(float left, float middle, float right) {
  const float a = std::log2(left + 1e-12F);
  const float b = std::log2(middle + 1e-12F);
  const float c = std::log2(right + 1e-12F);
  const float bend = a - 2.0F * b + c;
  return bend < 0 ? std::clamp(0.5F * (a - c) / bend, -0.5F, 0.5F) : 0.0F;
}

}  // namespace

SpectralPeaks::SpectralPeaks() : rows_(kRows) {}

void SpectralPeaks::frame(const Frame& frame) {
  Row& row = rows_[frames_ % kRows];
  row.candidates.clear();
  widen(frame.power.subspan(kFirst, kBand), row.loudest, scratch_);
  for (std::size_t i = 0; i < kBand; ++i) {
    const std::size_t bin = kFirst + i;
    const float power = frame.power[bin];
    if (power < row.loudest[i] || power < kSilence) continue;
    const float exact = static_cast<float>(bin) + top_offset(frame.power[bin - 1], power, frame.power[bin + 1]);
    const float octave = std::log2(exact * static_cast<float>(kBinHertz / kLowestHertz));
    if (octave < 0) continue;
    row.candidates.push_back({static_cast<std::uint32_t>(i),
                              power,
                              {static_cast<std::uint32_t>(frames_), octave, std::log2(power) + kTilt * octave}});
  }
  ++frames_;
  if (frames_ > kReachFrames) settle(frames_ - 1 - kReachFrames);
}

void SpectralPeaks::finish() {
  for (std::size_t frame = frames_ - std::min(frames_, kReachFrames); frame < frames_; ++frame) settle(frame);
}

// Keeps the candidates of a frame whose neighbours on both sides are known, or that has none. Of equals the first wins.
void SpectralPeaks::settle(std::size_t frame) {
  for (const Candidate& candidate : rows_[frame % kRows].candidates) {
    bool is_peak = true;
    for (std::size_t away = 1; is_peak && away <= kReachFrames; ++away) {
      if (frame >= away) is_peak = rows_[(frame - away) % kRows].loudest[candidate.bin] < candidate.power;
      if (frame + away < frames_)
        is_peak = is_peak && rows_[(frame + away) % kRows].loudest[candidate.bin] <= candidate.power;
    }
    if (is_peak) peaks_.push_back(candidate.peak);
  }
}

}  // namespace mla::audio
