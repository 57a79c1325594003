#include "knowledge/audio/rhythm/impl/tempogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "knowledge/audio/dsp/kernels.h"

namespace mla::audio::rhythm {

namespace {

constexpr double kSlowest = 40.0;  // BPM
constexpr double kFastest = 240.0;
constexpr int kStepsAnOctave = 48;
constexpr int kFarthestStep = 8;  // of the grid, from one window to the next
constexpr double kStepCost = 0.015;
constexpr double kPreferredTempo = 130.0;
constexpr double kPreferenceWidth = 1.0;  // octaves
constexpr std::array<double, 4> kComb = {1.0, 0.7, 0.5, 0.5};

// How much the window repeats after `period` and its multiples.
double comb(const Tempogram::Lags& lags, double period) {
  double sum = 0.0;
  for (std::size_t k = 0; k < kComb.size(); ++k) sum += kComb[k] * lags.at(period * static_cast<double>(k + 1));
  return sum;
}

}  // namespace

Tempogram::Tempogram(const Signals& signals) : signals_(&signals) {
  const std::size_t frames = signals.onset.size();
  window_ = std::min(kWindow, frames);
  windows_ = 1 + ((frames - window_) / kHop);
}

double Tempogram::centre(std::size_t window) const {
  return static_cast<double>(window * kHop) + (static_cast<double>(window_) / 2.0);
}

Tempogram::Lags Tempogram::correlate(const Signal& signal, std::size_t window) const {
  const std::size_t start = window * kHop;
  std::array<float, kWindow> part{};
  float mean = 0.0F;
  for (std::size_t i = 0; i < window_; ++i) mean += signal[start + i];
  mean /= static_cast<float>(window_);
  for (std::size_t i = 0; i < window_; ++i) part[i] = signal[start + i] - mean;
  Lags lags;
  // At least half a second must overlap.
  lags.size_ = std::min(kLags, window_ > 22 ? window_ - 22 : 1);
  const std::span<float> values = std::span(lags.values_).first(lags.size_);
  audio::correlate(std::span(part).first(window_), values);
  for (std::size_t lag = 0; lag < values.size(); ++lag) values[lag] /= static_cast<float>(window_ - lag);
  const float power = values[0];
  for (float& value : values) value = power > 1e-9F ? value / power : 0.0F;
  return lags;
}

double Tempogram::Lags::at(double lag) const {
  const auto nearest = static_cast<std::size_t>(std::lround(lag));
  if (nearest < 1 || nearest + 1 >= size_) return 0.0;
  const double left = values_[nearest - 1];
  const double middle = values_[nearest];
  const double right = values_[nearest + 1];
  const double offset = lag - static_cast<double>(nearest);
  return middle + (0.5 * offset * (right - left)) + (0.5 * offset * offset * (left - (2.0 * middle) + right));
}

std::vector<double> Tempogram::means(const Signal& signal, const std::vector<double>& periods,
                                     const std::vector<double>& ratios) const {
  std::vector<double> sums(ratios.size(), 0.0);
  for (std::size_t w = 0; w < windows_; ++w) {
    const Lags lags = correlate(signal, w);
    for (std::size_t i = 0; i < ratios.size(); ++i) sums[i] += lags.at(periods[w] * ratios[i]);
  }
  for (double& sum : sums) sum /= static_cast<double>(windows_);
  return sums;
}

std::vector<double> pulse_path(const Tempogram& tempogram) {
  const int states = 1 + static_cast<int>(std::lround(kStepsAnOctave * std::log2(kFastest / kSlowest)));
  const double shortest = 60.0 * OnsetEnvelope::kFrameRate / kFastest;
  const auto period_of = [&](double state) { return shortest * std::exp2(state / kStepsAnOctave); };
  std::vector<double> preference(static_cast<std::size_t>(states));
  for (int s = 0; s < states; ++s) {
    const double octaves =
        std::log2(60.0 * OnsetEnvelope::kFrameRate / period_of(s) / kPreferredTempo) / kPreferenceWidth;
    preference[static_cast<std::size_t>(s)] = std::exp(-0.5 * octaves * octaves);
  }
  const std::size_t windows = tempogram.windows();
  std::vector<double> best(static_cast<std::size_t>(states), 0.0);
  std::vector<double> next(best.size());
  std::vector<std::int8_t> from(windows * best.size(), 0);
  for (std::size_t w = 0; w < windows; ++w) {
    const Tempogram::Lags lags = tempogram.onset(w);
    for (int s = 0; s < states; ++s) {
      double top = -1e300;
      int step = 0;
      for (int d = -kFarthestStep; d <= kFarthestStep; ++d) {
        const int before = s + d;
        if (before < 0 || before >= states) continue;
        const double value = best[static_cast<std::size_t>(before)] - (kStepCost * std::abs(d));
        if (value > top || (value == top && d == 0)) {
          top = value;
          step = d;
        }
      }
      from[(w * best.size()) + static_cast<std::size_t>(s)] = static_cast<std::int8_t>(step);
      next[static_cast<std::size_t>(s)] = top + (comb(lags, period_of(s)) * preference[static_cast<std::size_t>(s)]);
    }
    best.swap(next);
  }
  std::vector<double> path(windows);
  auto state = static_cast<int>(std::max_element(best.begin(), best.end()) - best.begin());
  for (std::size_t w = windows; w-- > 0;) {
    const Tempogram::Lags lags = tempogram.onset(w);
    double refined = state;
    double top = -1e300;
    for (int d = -4; d <= 4; ++d) {
      const double candidate = state + (d / 8.0);
      const double value = comb(lags, period_of(candidate));
      if (value > top) {
        top = value;
        refined = candidate;
      }
    }
    path[w] = period_of(refined);
    state += from[(w * best.size()) + static_cast<std::size_t>(state)];
  }
  return path;
}

double clarity(const Tempogram& tempogram, const std::vector<double>& periods) {
  const std::vector<double> means = tempogram.mean_onset(periods, {1.0, 2.0, 3.0, 4.0});
  return 0.25 * (means[0] + means[1] + means[2] + means[3]);
}

}  // namespace mla::audio::rhythm
