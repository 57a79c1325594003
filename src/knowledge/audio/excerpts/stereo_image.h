#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <vector>

#include "foundation/math/matrix.h"
#include "knowledge/audio/dsp/fft.h"

namespace mla::audio {

// How a recording is spread between left and right, band by band, at the file's own rate: what the mono signal that all
// else hears has lost. Looks at 2,048 samples twice a second; of more than two channels at the first two. Memory is
// 600 bytes for each second that nobody took. Not thread-safe.
class StereoImage {
 public:
  static constexpr std::size_t kBands = 24;  // logarithmic, 60 Hz … 20 kHz
  // Sums over time; in power of the transform, not normalised.
  struct Sums {
    std::array<double, kBands> left{}, right{}, both{};  // |L|², |R|², Re(L R*)
  };

  explicit StereoImage(int sample_rate);
  // Planar samples, channels × frames, in order.
  void push(math::ConstMatrixView samples);
  // The sums of all looks that began before `seconds` and were not taken yet.
  Sums take(double seconds);

 private:
  static constexpr std::size_t kFrame = 2048;
  void look();

  int sample_rate_;
  std::size_t hop_;
  std::array<std::size_t, kBands + 1> edges_{};  // bins
  std::vector<float> window_, left_, right_;
  RealFft fft_;
  std::vector<std::complex<float>> left_spectrum_, right_spectrum_;
  std::size_t to_skip_ = 0;                     // samples until the next look begins
  std::size_t next_look_ = 0;                   // of the sample where it began
  std::vector<std::pair<double, Sums>> looks_;  // seconds where each began
};

}  // namespace mla::audio
