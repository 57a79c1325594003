#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace mla::audio {

// The frequency weighting of ITU-R BS.1770-4, annex 1: a shelf for the head, then a high-pass. The recommendation gives
// coefficients for 48 kHz alone; these are the same analogue filters taken to any rate by the bilinear transform
// (Brecht De Man, "Evaluation of implementations of the EBU R128 loudness measurement", 2018). One object weights two
// channels side by side, in the lanes of one vector: each sample waits for the one before, so that a single channel
// would leave the processor idle.
class KWeighting {
 public:
  // REQUIRES: sample_rate > 0. Rates too low for the shelf (3.4 kHz) are weighted by the high-pass alone.
  explicit KWeighting(int sample_rate);

  // Sum of the squares of the weighted samples of each channel. REQUIRES: equal sizes.
  std::array<double, 2> energy(std::span<const float> first, std::span<const float> second);

  // Those of the high-pass begin with 1, −2, 1: the second difference.
  struct Coefficients {
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
  };
  // What a filter remembers of two channels: input one and two samples ago, then output.
  using Memory = std::array<std::array<double, 2>, 4>;

 private:
  Coefficients shelf_;
  Coefficients high_pass_;
  Memory shelf_memory_{};
  Memory high_pass_memory_{};
};

}  // namespace mla::audio
