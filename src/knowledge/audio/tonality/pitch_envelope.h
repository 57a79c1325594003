#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

// What harmony is found in: the strength of the twelve pitch classes (C first) in the bass and above it, ten times a
// second. Consumes the same power spectra as OnsetEnvelope and keeps 25 bytes a row, 1 MB an hour.
//
// Strength is the amplitude of spectral peaks, placed between bins by a parabola through logarithmic levels and given
// to the nearest pitch class of a tempered scale whose tuning is estimated as the sound goes by. Not thread-safe.
class PitchEnvelope : public FrameConsumer {
 public:
  static constexpr std::size_t kClasses = 12;
  static constexpr std::size_t kFramesPerRow = 4;
  static constexpr double kRowRate = 22050.0 / 512.0 / 4.0;

  struct Row {
    std::array<std::uint8_t, kClasses> treble{};  // 150 to 2,100 Hz, the strongest class is 255
    std::array<std::uint8_t, kClasses> bass{};    // 40 to 260 Hz, likewise
    std::uint8_t level = 0;  // of the frame in half decibels, 0 at −127.5 dB of the power of a full-scale sine or less
  };

  // REQUIRES: frame.power.size() == 1025, finite and not negative.
  void frame(const Frame& frame) override { add(frame.power); }
  void add(std::span<const float> power);
  // Writes down the row that has begun, if any.
  void finish() override;

  const std::vector<Row>& rows() const { return rows_; }
  // How far the sound is from A4 = 440 Hz, in cents of [−50, 50); 0 where there are no clear pitches.
  double tuning_cents() const;
  // Whether peaks lie on any tempered scale at all: 0 for noise, to 1.
  double pitchedness() const;

 private:
  void add_peak(double bin, double amplitude);
  void write_row();

  std::array<float, kClasses> treble_{};
  std::array<float, kClasses> bass_{};
  float power_ = 0.0F;
  std::size_t frame_ = 0;
  double tuning_ = 0.0;         // semitones, as estimated before this frame
  double tuning_cosine_ = 0.0;  // Σ amplitude · cos(2π · distance from the scale of 440 Hz, in semitones)
  double tuning_sine_ = 0.0;
  double tuning_weight_ = 0.0;
  std::vector<Row> rows_;
};

}  // namespace mla::audio
