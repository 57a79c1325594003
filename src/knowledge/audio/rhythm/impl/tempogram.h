#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "knowledge/audio/rhythm/impl/signals.h"

namespace mla::audio::rhythm {

// Autocorrelations of the signals in windows of 12 s, one every 4 s, each divided by that at lag 0. They are made anew
// each time that they are asked for, since to keep them would take three times what the signals do.
class Tempogram {
 public:
  static constexpr std::size_t kWindow = 512;  // frames
  static constexpr std::size_t kHop = 172;
  static constexpr std::size_t kLags = 345;  // to 8 s

  // The correlations of one window by lag in frames.
  class Lags {
   public:
    // Between lags by a parabola through the nearest three; 0 beyond what the window holds.
    double at(double lag) const;

   private:
    friend class Tempogram;
    std::array<float, kLags> values_{};
    std::size_t size_ = 0;
  };

  // The signals have to outlive it.
  explicit Tempogram(const Signals& signals);

  std::size_t windows() const { return windows_; }
  std::size_t window_frames() const { return window_; }
  double centre(std::size_t window) const;  // in frames

  Lags onset(std::size_t window) const { return correlate(signals_->onset, window); }
  // For each of `ratios` the mean over the windows of the correlation at that many times the window's period.
  // REQUIRES: one period for each window, in frames.
  std::vector<double> mean_onset(const std::vector<double>& periods, const std::vector<double>& ratios) const {
    return means(signals_->onset, periods, ratios);
  }
  std::vector<double> mean_bass(const std::vector<double>& periods, const std::vector<double>& ratios) const {
    return means(signals_->bass, periods, ratios);
  }
  std::vector<double> mean_harmony(const std::vector<double>& periods, const std::vector<double>& ratios) const {
    return means(signals_->harmony, periods, ratios);
  }

 private:
  std::vector<double> means(const Signal& signal, const std::vector<double>& periods,
                            const std::vector<double>& ratios) const;
  Lags correlate(const Signal& signal, std::size_t window) const;

  const Signals* signals_;
  std::size_t window_ = 0;
  std::size_t windows_ = 0;
};

// The period, in frames, of the most prominent pulse in each window, not necessarily the one that people tap: a path
// through the windows that changes little (Viterbi over a logarithmic grid of 40 to 240 BPM), refined between the
// grid's points.
std::vector<double> pulse_path(const Tempogram& tempogram);

// How much of the signal repeats after the pulse and its multiples: about 0 for noise, to 1.
double clarity(const Tempogram& tempogram, const std::vector<double>& periods);

}  // namespace mla::audio::rhythm
