#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mla::audio {

// Triangular filters on the mel scale over the bins of a spectrum, kept sparse. Not thread-safe to build, safe to use.
class MelBank {
 public:
  // librosa.filters.mel: Slaney's scale (linear below 1 kHz, logarithmic above) and area normalisation, 0 Hz … rate/2.
  // REQUIRES: sample_rate, n_fft, bands > 0.
  static MelBank slaney(int sample_rate, int n_fft, int bands);
  // Essentia's MFCC bank: HTK's scale, 0 Hz … 11 kHz (or rate/2 if that is less), slopes linear in mel, each filter's
  // weights sum to 1.
  static MelBank htk_unit_sum(int sample_rate, int n_fft, int bands);

  std::size_t bands() const { return bands_.size(); }
  // out[b] = Σ_k weight[b][k] power[k]. REQUIRES: power has n_fft/2+1 values, out bands().
  void apply(std::span<const float> power, std::span<float> out) const;

 private:
  struct Band {
    std::size_t first;  // bin
    std::size_t begin;  // in weights_
    std::size_t count;
  };
  void add(const std::vector<double>& weights);

  std::vector<Band> bands_;
  std::vector<float> weights_;
};

// The first `rows` of the orthonormal DCT-II of `size` values: y[r] = s_r Σ_j x[j] cos(π r (2j + 1) / (2 size)),
// s_0 = √(1/size), else √(2/size).
class Dct {
 public:
  // REQUIRES: 0 < rows <= size.
  Dct(std::size_t size, std::size_t rows);
  void apply(std::span<const float> in, std::span<float> out) const;

 private:
  std::size_t size_;
  std::vector<float> table_;
};

// out[i] = 10 log10 max(power[i], amin): librosa.power_to_db with ref 1 and before top_db. Returns the largest.
float decibels(std::span<const float> power, float amin, std::span<float> out);
inline constexpr float kPowerFloor = 1e-10f;  // amin of librosa
inline constexpr float kTopDb = 80;           // quieter than the file's loudest by more counts as that much

}  // namespace mla::audio
