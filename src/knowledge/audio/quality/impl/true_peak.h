#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mla::audio {

// The largest magnitude between the samples of one channel, by band-limited interpolation (ITU-R BS.1770-4, annex 2:
// at least 192 kHz). Pieces that cannot raise the maximum, whatever their phase, are not interpolated.
class TruePeak {
 public:
  // REQUIRES: sample_rate > 0.
  explicit TruePeak(int sample_rate);

  // The next samples, and the largest magnitude of each of their pieces (Block).
  void push(std::span<const float> samples, std::span<const float> peaks);
  // Interpolates the end, where half the filter looks at silence.
  void finish();

  double peak() const { return peak_; }  // linear, 1 is full scale
  // Where it was, in samples from the start.
  std::size_t position() const { return position_; }

  static constexpr std::size_t kHalf = 8;  // taps on each side of the point between two samples

 private:
  static constexpr std::size_t kReach = 2 * kHalf - 1;  // samples before a point's last one that it is made of

  void look_at(std::span<const float> window, std::size_t first);

  int factor_;               // points a sample, the sample itself included
  std::vector<float> taps_;  // (factor_ - 1) × 2 kHalf
  float gain_ = 1;           // the most that interpolation can make of a peak of 1
  std::vector<float> kept_;  // the last kReach samples
  std::size_t seen_ = 0;
  float peak_ = 0;
  std::size_t position_ = 0;
};

}  // namespace mla::audio
