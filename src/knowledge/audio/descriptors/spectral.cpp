#include "knowledge/audio/descriptors/spectral.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/dsp/kernels.h"

namespace mla::audio {
namespace {

constexpr float kRolloffShare = 0.85f;
constexpr double kQuantile = 0.02;

// The first bin at which the running sum of magnitudes reaches the share of all. The sums run in single precision from
// bin to bin as numpy's cumsum does: where a bin is nearly met, rounding decides, and it is to decide alike.
std::size_t rolloff_bin(std::span<const float> magnitude) {
  constexpr std::size_t kBlock = 64;
  std::array<float, 65536 / 2 / kBlock + 2> before;  // the sum before each block
  float total = 0;
  for (std::size_t k = 0; k < magnitude.size(); ++k) {
    if (k % kBlock == 0) before[k / kBlock] = total;
    total += magnitude[k];
  }
  const float wanted = kRolloffShare * total;
  std::size_t block = (magnitude.size() - 1) / kBlock;
  while (block > 0 && before[block] >= wanted) --block;
  float reached = before[block];
  std::size_t k = block * kBlock;
  for (; k + 1 < magnitude.size(); ++k) {
    reached += magnitude[k];
    if (reached >= wanted) break;
  }
  return k;
}

}  // namespace

SpectrumMeasure::SpectrumMeasure(int sample_rate, int n_fft) : frequencies_(static_cast<std::size_t>(n_fft) / 2 + 1) {
  for (std::size_t k = 0; k < frequencies_.size(); ++k) {
    frequencies_[k] = static_cast<float>(static_cast<double>(k) * sample_rate / n_fft);
  }
  double low = 0;
  double high = 200;
  for (std::size_t b = 0; b < kContrastBands; ++b, low = high, high *= 2) {
    // Bins of [low, high]; the bin below joins, and the uppermost leaves unless it is the last band (librosa).
    std::size_t first = 0;
    while (first < frequencies_.size() && frequencies_[first] < low) ++first;
    std::size_t last = first;
    while (last < frequencies_.size() && frequencies_[last] <= high) ++last;
    if (b > 0 && first > 0) --first;
    const bool uppermost = b + 1 == kContrastBands;
    if (uppermost) last = frequencies_.size();
    const std::size_t count = last - first;
    const auto extreme = static_cast<std::size_t>(std::nearbyint(kQuantile * static_cast<double>(count)));
    const std::size_t used = uppermost ? count : count - std::min<std::size_t>(count, 1);
    bands_[b] = {first, used, std::min(std::max<std::size_t>(extreme, 1), used)};
  }
}

SpectralShape SpectrumMeasure::shape(const Frame& frame) const {
  SpectralShape shape;
  const float total = sum(frame.magnitude);
  if (total >= std::numeric_limits<float>::min()) {
    shape.centroid = dot(frame.magnitude, frequencies_) / total;
    shape.bandwidth = std::sqrt(spread(frame.magnitude, frequencies_, shape.centroid) / total);
    shape.rolloff = frequencies_[rolloff_bin(frame.magnitude)];
  }
  const auto bins = static_cast<float>(frame.power.size());
  const float arithmetic = sum_above(frame.power, kPowerFloor) / bins;
  shape.flatness = std::exp(log_sum(frame.power, kPowerFloor) / bins) / arithmetic;
  return shape;
}

BandExtremes SpectrumMeasure::extremes(const Frame& frame) const {
  BandExtremes result;
  for (std::size_t b = 0; b < kContrastBands; ++b) {
    const Band& band = bands_[b];
    if (band.count == 0) continue;
    const Extremes found = audio::extremes(frame.magnitude.subspan(band.first, band.count), band.extreme);
    result.peak[b] = found.largest;
    result.valley[b] = found.smallest;
  }
  decibels(result.peak, kPowerFloor, result.peak);
  decibels(result.valley, kPowerFloor, result.valley);
  return result;
}

float zero_crossing_rate(const Frame& frame) {
  const std::size_t used =
      frame.samples.size() - std::min(frame.samples.size(), frame.padded_before + frame.padded_after);
  if (used == 0) return 0;
  const std::size_t changes = sign_changes(frame.samples.subspan(frame.padded_before, used), 1e-10f);
  return static_cast<float>(changes) / static_cast<float>(frame.samples.size());
}

float root_mean_square(const Frame& frame) {
  return std::sqrt(dot(frame.samples, frame.samples) / static_cast<float>(frame.samples.size()));
}

}  // namespace mla::audio
