#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

inline constexpr std::size_t kPitchClasses = 12;  // C, C#, … B

// Power spectrum to pitch classes, as librosa.filters.chroma: each bin spreads as a Gaussian over the classes, bins far
// from 880 Hz count less. `tuning` in semitones from A4 = 440 Hz, [−.5, .5).
class ChromaBank {
 public:
  ChromaBank(int sample_rate, int n_fft, double tuning);
  // The classes of one frame, scaled so that the largest is 1 (all 0 for silence): a column of librosa's chroma_stft.
  void apply(std::span<const float> power, std::span<float> out) const;

 private:
  std::size_t bins_;
  std::vector<float> weights_;  // classes × bins
};

// Scales so that the largest |value| is 1, unless all are (nearly) 0: librosa.util.normalize with norm=inf.
void normalize_by_peak(std::span<float> values);

// The tuning of a whole recording, as librosa.estimate_tuning of the power spectrogram: the commonest deviation of the
// spectral peaks (150 Hz … 4 kHz, interpolated, at least as strong as their median) from the semitones, in steps of
// .01. One pass in bounded memory: the first million peaks (more than ten minutes of music) are kept, and the result is
// exact; of more, peaks are counted by strength (64 classes an octave) and deviation, and those of the median's class
// count in part.
class TuningEstimator {
 public:
  // Deviations are from the steps of a scale of so many steps an octave, and in such steps.
  TuningEstimator(int sample_rate, int n_fft, int steps_an_octave = 12);
  // Power, or magnitude: what librosa is given.
  void add(std::span<const float> power);
  // Semitones (or steps), [−.5, .5); 0 if there was no peak.
  double estimate() const;

 private:
  static constexpr int kSteps = 100;
  double bin_hz_;
  double steps_an_octave_;
  std::size_t first_bin_;
  std::size_t last_bin_;
  struct Peak {
    float strength;
    std::uint8_t step;
  };
  static constexpr std::size_t kKept = std::size_t{1} << 20;
  void count(const Peak& peak);

  std::vector<Peak> kept_;
  std::map<std::uint32_t, std::array<std::uint32_t, kSteps>> counts_;  // by the upper bits of the strength
};

}  // namespace mla::audio
