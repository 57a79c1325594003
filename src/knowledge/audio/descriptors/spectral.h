#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

inline constexpr std::size_t kContrastBands = 7;  // below 200 Hz, then octaves, the last up to half the rate

// The shape of one frame's spectrum, each as librosa.feature defines it.
struct SpectralShape {
  float centroid = 0;   // Hz, spectral_centroid
  float bandwidth = 0;  // Hz, spectral_bandwidth with p = 2
  float rolloff = 0;    // Hz, spectral_rolloff: 85 % of the magnitude lies at or below
  float flatness = 0;   // 0 … 1, spectral_flatness of the power
};

// Loudest and quietest 2 % of each contrast band in decibels, before the whole file's top_db.
struct BandExtremes {
  std::array<float, kContrastBands> peak{};
  std::array<float, kContrastBands> valley{};
};

// Measures of a frame's spectrum. Thread-safe once built.
class SpectrumMeasure {
 public:
  SpectrumMeasure(int sample_rate, int n_fft);
  SpectralShape shape(const Frame& frame) const;
  BandExtremes extremes(const Frame& frame) const;
  // False if a contrast band would lie above half the sample rate, as librosa refuses it.
  static bool contrast_fits(int sample_rate) { return 6400 < sample_rate / 2.0; }

 private:
  std::vector<float> frequencies_;
  struct Band {
    std::size_t first, count, extreme;  // bins; how many make the peak and the valley
  };
  std::array<Band, kContrastBands> bands_{};
};

// Share of neighbouring samples of a frame that differ in sign (|sample| <= 1e-10 is positive): zero_crossing_rate.
float zero_crossing_rate(const Frame& frame);
// Root mean square of a frame's samples, the zeros of its padding counted: librosa.feature.rms(y=…).
float root_mean_square(const Frame& frame);

}  // namespace mla::audio
