#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/excerpts/impl/series.h"
#include "knowledge/audio/excerpts/impl/stretch.h"

// What the spectrum of an excerpt is like, whatever the order of its frames.
namespace mla::audio::impl {
namespace {

constexpr std::size_t kCoefficients = 20;  // of the cosine transform of the levels: MFCC
constexpr std::size_t kWide = kBands / 2;

// One series a coefficient.
std::vector<std::vector<float>> cepstrum(const Stretch& stretch) {
  static const Dct dct(kBands, kCoefficients);
  std::vector<std::vector<float>> series(kCoefficients, std::vector<float>(stretch.frames()));
  std::array<float, kCoefficients> column;
  for (std::size_t t = 0; t < stretch.frames(); ++t) {
    dct.apply(stretch.levels[t], column);
    for (std::size_t c = 0; c < kCoefficients; ++c) series[c][t] = column[c];
  }
  return series;
}

// Pearson's correlation of every pair of series, row by row above the diagonal.
void add_correlations(std::vector<std::vector<float>> series, Columns& out) {
  for (std::vector<float>& one : series) {
    const auto centre = static_cast<float>(mean(one));
    for (float& value : one) value -= centre;
    const float length = std::sqrt(dot(one, one));
    for (float& value : one) value = length > 1e-3F ? value / length : 0;
  }
  for (std::size_t a = 0; a < series.size(); ++a) {
    for (std::size_t b = a + 1; b < series.size(); ++b) out.push_back(dot(series[a], series[b]));
  }
}

void add(Columns& out, double value) { out.push_back(static_cast<float>(value)); }

}  // namespace

void add_timbre(const Stretch& stretch, Columns& out) {
  for (std::vector<float>& series : cepstrum(stretch)) {
    add(out, mean(series));
    add(out, deviation(series));
    add(out, mean_change(series));
    add(out, percentile(series, 0.1));
    add(out, percentile(series, 0.9));
  }
}

void add_band_correlation(const Stretch& stretch, Columns& out) {
  std::vector<std::vector<float>> series(kWide, std::vector<float>(stretch.frames()));
  for (std::size_t t = 0; t < stretch.frames(); ++t) {
    for (std::size_t band = 0; band < kWide; ++band)
      series[band][t] = (stretch.levels[t][2 * band] + stretch.levels[t][2 * band + 1]) / 2;
  }
  add_correlations(std::move(series), out);
}

void add_noisiness(const Stretch& stretch, Columns& out) {
  std::vector<float> series(stretch.frames());
  for (std::size_t band = 0; band < kNoiseBands; ++band) {
    for (std::size_t t = 0; t < series.size(); ++t) series[t] = stretch.noise[t][band];
    add(out, mean(series));
    add(out, deviation(series));
    add(out, mean_change(series));
  }
}

// Centre, width, skew and rolloff of the band powers over the band number (mel), and zero crossings.
void add_shape(const Stretch& stretch, Columns& out) {
  constexpr double kRolloff = 0.85;
  std::array<std::vector<float>, 5> series;
  for (std::size_t t = 0; t < stretch.frames(); ++t) {
    std::array<double, kBands> power;
    double total = 0, centre = 0;
    for (std::size_t band = 0; band < kBands; ++band) {
      power[band] = std::exp(0.1F * std::numbers::ln10_v<float> * stretch.levels[t][band]);
      total += power[band];
      centre += power[band] * static_cast<double>(band);
    }
    centre /= total;
    double width = 0, skew = 0, below = 0;
    std::size_t rolloff = 0;
    for (std::size_t band = 0; band < kBands; ++band) {
      const double away = static_cast<double>(band) - centre;
      width += power[band] / total * away * away;
      skew += power[band] / total * away * away * away;
      below += power[band];
      if (below < kRolloff * total) rolloff = band + 1;
    }
    width = std::sqrt(width);
    series[0].push_back(static_cast<float>(centre));
    series[1].push_back(static_cast<float>(width));
    series[2].push_back(static_cast<float>(std::cbrt(skew)));
    series[3].push_back(static_cast<float>(rolloff));
    series[4].push_back(std::log(stretch.crossings[t] + 1e-3F));
  }
  for (const std::vector<float>& one : series) {
    add(out, mean(one));
    add(out, deviation(one));
    add(out, mean_change(one));
  }
}

}  // namespace mla::audio::impl
