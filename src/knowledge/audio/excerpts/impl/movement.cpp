#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/window.h"
#include "knowledge/audio/excerpts/impl/series.h"
#include "knowledge/audio/excerpts/impl/stretch.h"

// How the levels of an excerpt move: loudness, onsets, pulse, modulation.
namespace mla::audio::impl {
namespace {

constexpr std::size_t kModulationFrames = 256;
constexpr std::array<double, 11> kModulationEdges = {0.3, 0.6, 1, 1.5, 2.2, 3.2, 4.5, 6.5, 9, 13, 18};  // Hz
static_assert(kModulationEdges.size() == kRates + 1);
constexpr std::size_t kShortestPulse = 8, kLongestPulse = 172;  // frames: 5.4 … 0.25 Hz

void add(Columns& out, double value) { out.push_back(static_cast<float>(value)); }

// How much each of `bands` neighbouring bands rises, frame by frame.
std::vector<float> rises(const Stretch& stretch, std::size_t first, std::size_t last) {
  std::vector<float> result;
  for (std::size_t t = 1; t < stretch.frames(); ++t) {
    float sum = 0;
    for (std::size_t band = first; band < last; ++band)
      sum += std::max(0.0F, stretch.levels[t][band] - stretch.levels[t - 1][band]);
    result.push_back(sum / static_cast<float>(last - first));
  }
  return result;
}

}  // namespace

Modulation find_modulation(const Stretch& stretch) {
  static const std::vector<float> window = hann_window(kModulationFrames);
  RealFft fft(kModulationFrames);
  std::vector<float> series(kModulationFrames);
  std::vector<std::complex<float>> spectrum(fft.bins());
  Modulation sums{};
  std::size_t windows = 0;
  for (std::size_t begin = 0; begin == 0 || begin + kModulationFrames <= stretch.frames();
       begin += kModulationFrames / 2) {
    ++windows;
    for (std::size_t band = 0; band < kModulationBands; ++band) {
      // Short excerpts are continued with silence.
      const std::size_t length = std::min(kModulationFrames, stretch.frames() - begin);
      for (std::size_t i = 0; i < length; ++i) {
        const auto& frame = stretch.levels[begin + i];
        series[i] = (frame[2 * band] + frame[2 * band + 1]) / 2;
      }
      const auto centre = static_cast<float>(mean(std::span(series).first(length)));
      for (std::size_t i = 0; i < kModulationFrames; ++i) series[i] = i < length ? (series[i] - centre) * window[i] : 0;
      fft.forward(series, spectrum);
      for (std::size_t rate = 0; rate < kRates; ++rate) {
        const double bin = kStretchRate / kModulationFrames;
        const auto first = static_cast<std::size_t>(std::ceil(kModulationEdges[rate] / bin));
        const auto last = static_cast<std::size_t>(std::ceil(kModulationEdges[rate + 1] / bin));
        double power = 0;
        for (std::size_t k = first; k < last; ++k) power += std::norm(spectrum[k]);
        sums[band][rate] += power / static_cast<double>(last - first);
      }
    }
  }
  for (auto& band : sums) {
    for (double& value : band) value = std::log(value / static_cast<double>(windows) + 1e-3);
  }
  return sums;
}

void add_flux(const Stretch& stretch, Columns& out) {
  for (std::size_t band = 0; band < kBands; ++band) {
    std::vector<float> rise = rises(stretch, band, band + 1);
    add(out, mean(rise));
    add(out, percentile(rise, 0.9));
  }
}

void add_modulation(const Stretch& stretch, Columns& out) {
  for (const auto& band : stretch.modulation) {
    for (const double value : band) add(out, value);
  }
}

// The same in broad strokes: means over bands and rates, and the low coefficients of a cosine transform in both
// directions.
void add_modulation_shape(const Stretch& stretch, Columns& out) {
  constexpr std::size_t kKept = 6;
  static const Dct over_rates(kRates, kKept);
  static const Dct over_bands(kModulationBands, kKept);
  const Modulation& all = stretch.modulation;
  std::array<double, kRates> of_rate{};
  std::array<std::array<float, kModulationBands>, kKept> half{};
  for (std::size_t band = 0; band < kModulationBands; ++band) {
    std::array<float, kRates> row;
    double of_band = 0;
    for (std::size_t rate = 0; rate < kRates; ++rate) {
      row[rate] = static_cast<float>(all[band][rate]);
      of_band += all[band][rate] / kRates;
    }
    for (std::size_t rate = 0; rate < kRates; ++rate) of_rate[rate] += (all[band][rate] - of_band) / kModulationBands;
    add(out, of_band);
    std::array<float, kKept> low;
    over_rates.apply(row, low);
    for (std::size_t k = 0; k < kKept; ++k) half[k][band] = low[k];
  }
  for (const double value : of_rate) add(out, value);
  for (const auto& row : half) {
    std::array<float, kKept> low;
    over_bands.apply(row, low);
    for (const float value : low) add(out, value);
  }
}

void add_dynamics(const Stretch& stretch, Columns& out) {
  std::vector<float> loudness;
  float loudest = -200;
  for (const auto& frame : stretch.levels) {
    loudness.push_back(static_cast<float>(mean(frame)));
    loudest = std::max(loudest, *std::max_element(frame.begin(), frame.end()));
  }
  std::vector<float> change;
  for (std::size_t t = 1; t < loudness.size(); ++t) change.push_back(loudness[t] - loudness[t - 1]);
  const double centre = mean(loudness);
  add(out, centre);
  add(out, loudest);
  add(out, deviation(loudness));
  add(out, mean_change(loudness));
  add(out, deviation(change));
  add(out, change.empty() ? 0 : *std::max_element(change.begin(), change.end()));
  add(out, skewness(change));
  for (const double share : {0.05, 0.25, 0.5, 0.75, 0.95}) add(out, percentile(loudness, share) - centre);
}

void add_pulse(const Stretch& stretch, Columns& out) {
  constexpr std::array<std::pair<std::size_t, std::size_t>, 5> kRanges = {
      {{0, 40}, {0, 6}, {6, 16}, {16, 28}, {28, 40}}};
  for (const auto& [first, last] : kRanges) {
    std::vector<float> onsets = rises(stretch, first, last);
    std::vector<float> repeats = autocorrelation(onsets, kLongestPulse);
    repeats.erase(repeats.begin(), repeats.begin() + kShortestPulse);
    add(out, deviation(repeats));
    std::sort(repeats.begin(), repeats.end(), std::greater<>());
    add(out, repeats.front());
    add(out, mean(std::span(repeats).first(10)));
    add(out, deviation(onsets));
    add(out, skewness(onsets));
    add(out, percentile(onsets, 0.5));
    add(out, percentile(onsets, 0.99));
  }
}

}  // namespace mla::audio::impl
