#pragma once

#include <cstddef>
#include <vector>

#include "knowledge/audio/rhythm/impl/signals.h"

namespace mla::audio::rhythm {

// Autocorrelations of the signals in windows of 12 s, one every 4 s, each divided by that at lag 0.
class Tempogram {
 public:
  static constexpr std::size_t kWindow = 512;  // frames
  static constexpr std::size_t kHop = 172;
  static constexpr std::size_t kLags = 345;  // to 8 s

  explicit Tempogram(const Signals& signals);

  std::size_t windows() const { return onset_.size(); }
  std::size_t window_frames() const { return window_; }
  double centre(std::size_t window) const;  // in frames

  // Between lags by a parabola through the nearest three; 0 beyond what the window holds.
  double onset(std::size_t window, double lag) const { return at(onset_[window], lag); }
  // Mean over the windows of the correlation at `ratio` times the window's period.
  // REQUIRES: one period for each window, in frames.
  double mean_onset(const std::vector<double>& periods, double ratio) const { return mean(onset_, periods, ratio); }
  double mean_bass(const std::vector<double>& periods, double ratio) const { return mean(bass_, periods, ratio); }
  double mean_harmony(const std::vector<double>& periods, double ratio) const { return mean(harmony_, periods, ratio); }

 private:
  using Lags = std::vector<float>;

  static double at(const Lags& lags, double lag);
  static double mean(const std::vector<Lags>& all, const std::vector<double>& periods, double ratio);
  std::vector<Lags> correlate(const std::vector<float>& signal) const;

  std::size_t frames_ = 0;
  std::size_t window_ = 0;
  std::vector<Lags> onset_;
  std::vector<Lags> bass_;
  std::vector<Lags> harmony_;
};

// The period, in frames, of the most prominent pulse in each window, not necessarily the one that people tap: a path
// through the windows that changes little (Viterbi over a logarithmic grid of 40 to 240 BPM), refined between the
// grid's points.
std::vector<double> pulse_path(const Tempogram& tempogram);

// How much of the signal repeats after the pulse and its multiples: about 0 for noise, to 1.
double clarity(const Tempogram& tempogram, const std::vector<double>& periods);

}  // namespace mla::audio::rhythm
