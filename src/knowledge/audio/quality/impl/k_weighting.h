#pragma once

#include <span>

namespace mla::audio {

// The frequency weighting of ITU-R BS.1770-4, annex 1: a shelf for the head, then a high-pass. The recommendation gives
// coefficients for 48 kHz alone; these are the same analogue filters taken to any rate by the bilinear transform
// (Brecht De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018). One object a channel.
class KWeighting {
 public:
  // REQUIRES: sample_rate > 0. Rates too low for the shelf (3.4 kHz) are weighted by the high-pass alone.
  explicit KWeighting(int sample_rate);

  // Sum of the squares of the weighted samples.
  double energy(std::span<const float> samples);

 private:
  struct Biquad {
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
    double s1 = 0, s2 = 0;  // transposed direct form II

    double step(double x) {
      const double y = b0 * x + s1;
      s1 = b1 * x - a1 * y + s2;
      s2 = b2 * x - a2 * y;
      return y;
    }
    void settle();
  };

  Biquad shelf_;
  Biquad high_pass_;
};

}  // namespace mla::audio
