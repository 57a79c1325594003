#include "knowledge/audio/descriptors/mel.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "knowledge/audio/dsp/kernels.h"

namespace mla::audio {
namespace {

// Slaney's Auditory Toolbox, 1998: 200/3 Hz a mel up to 1 kHz, then 27 mel for a factor of 6.4.
constexpr double kLinearHz = 200.0 / 3;
constexpr double kKneeHz = 1000;
constexpr double kKneeMel = kKneeHz / kLinearHz;
const double kLogStep = std::log(6.4) / 27;

double slaney_mel(double hz) { return hz < kKneeHz ? hz / kLinearHz : kKneeMel + std::log(hz / kKneeHz) / kLogStep; }
double slaney_hz(double mel) {
  return mel < kKneeMel ? mel * kLinearHz : kKneeHz * std::exp(kLogStep * (mel - kKneeMel));
}
// Young et al., The HTK Book.
double htk_mel(double hz) { return 1127.01048 * std::log(1 + hz / 700); }
double htk_hz(double mel) { return 700 * (std::exp(mel / 1127.01048) - 1); }

}  // namespace

void MelBank::add(const std::vector<double>& weights) {
  Band band{0, weights_.size(), 0};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (!(weights[k] > 0)) continue;
    if (band.count == 0) band.first = k;
    band.count = k - band.first + 1;
  }
  for (std::size_t k = 0; k < band.count; ++k) weights_.push_back(static_cast<float>(weights[band.first + k]));
  bands_.push_back(band);
}

MelBank MelBank::slaney(int sample_rate, int n_fft, int bands) {
  const double top = slaney_mel(sample_rate / 2.0);
  std::vector<double> edges;
  for (int b = 0; b < bands + 2; ++b) edges.push_back(slaney_hz(top * b / (bands + 1)));
  MelBank bank;
  std::vector<double> weights(static_cast<std::size_t>(n_fft) / 2 + 1);
  for (std::size_t b = 0; b + 2 < edges.size(); ++b) {
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double hz = static_cast<double>(k) * sample_rate / n_fft;
      const double rise = (hz - edges[b]) / (edges[b + 1] - edges[b]);
      const double fall = (edges[b + 2] - hz) / (edges[b + 2] - edges[b + 1]);
      weights[k] = std::max(0.0, std::min(rise, fall)) * 2 / (edges[b + 2] - edges[b]);
    }
    bank.add(weights);
  }
  return bank;
}

MelBank MelBank::htk_unit_sum(int sample_rate, int n_fft, int bands) {
  const double top = htk_mel(std::min(11000.0, sample_rate / 2.0));
  std::vector<double> edges;
  for (int b = 0; b < bands + 2; ++b) edges.push_back(htk_hz(top * b / (bands + 1)));
  MelBank bank;
  std::vector<double> weights(static_cast<std::size_t>(n_fft) / 2 + 1);
  for (std::size_t b = 0; b + 2 < edges.size(); ++b) {
    const double low = htk_mel(edges[b]), middle = htk_mel(edges[b + 1]), high = htk_mel(edges[b + 2]);
    double total = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double mel = htk_mel(static_cast<double>(k) * sample_rate / n_fft);
      weights[k] = std::max(0.0, std::min((mel - low) / (middle - low), (high - mel) / (high - middle)));
      total += weights[k];
    }
    if (total > 0) {
      for (double& weight : weights) weight /= total;
    }
    bank.add(weights);
  }
  return bank;
}

void MelBank::apply(std::span<const float> power, std::span<float> out) const {
  const std::span<const float> weights = weights_;
  for (std::size_t b = 0; b < bands_.size(); ++b) {
    const Band& band = bands_[b];
    out[b] = dot(power.subspan(band.first, band.count), weights.subspan(band.begin, band.count));
  }
}

Dct::Dct(std::size_t size, std::size_t rows) : size_(size), table_(size * rows) {
  for (std::size_t r = 0; r < rows; ++r) {
    const double scale = std::sqrt((r == 0 ? 1.0 : 2.0) / static_cast<double>(size));
    for (std::size_t j = 0; j < size; ++j) {
      const double angle = std::numbers::pi * static_cast<double>(r * (2 * j + 1)) / static_cast<double>(2 * size);
      table_[r * size + j] = static_cast<float>(scale * std::cos(angle));
    }
  }
}

void Dct::apply(std::span<const float> in, std::span<float> out) const {
  for (std::size_t r = 0; r < out.size(); ++r) out[r] = dot(in, std::span(table_).subspan(r * size_, size_));
}

float decibels(std::span<const float> power, float amin, std::span<float> out) {
  constexpr float kDecibelsPerNeper = 4.342944819f;  // 10 / ln 10
  log_above(power, amin, out);
  float most = -1e30f;
  for (float& value : out) most = std::max(most, value *= kDecibelsPerNeper);
  return most;
}

}  // namespace mla::audio
