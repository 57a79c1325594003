#pragma once

#include <complex>
#include <cstddef>
#include <functional>
#include <vector>

#include "foundation/math/matrix.h"
#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/quality/check.h"

namespace mla::audio {

// Power spectra of every second stretch of about 0.1 s at the recording's own rate, the channels by turns: enough to
// know a recording's noise and bandwidth, at a fraction of what a full spectrogram costs.
class LongSpectrum {
 public:
  using Consumer = std::function<void(const PowerSpectrum&)>;

  // REQUIRES: sample_rate > 0.
  LongSpectrum(int sample_rate, Consumer consumer);

  void push(math::ConstMatrixView block);

 private:
  void look();

  std::size_t length_;
  double bin_hz_;
  Consumer consumer_;
  RealFft fft_;
  std::vector<float> window_;
  float scale_ = 0;
  std::vector<float> samples_;  // of the stretch that is being filled
  std::size_t passed_over_ = 0;
  std::size_t stretches_ = 0;
  std::vector<std::complex<float>> spectrum_;
  std::vector<float> power_;
};

}  // namespace mla::audio
