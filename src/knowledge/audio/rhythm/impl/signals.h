#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "knowledge/audio/rhythm/onset_envelope.h"
#include "knowledge/audio/tonality/pitch_envelope.h"

namespace mla::audio::rhythm {

// A function of time at OnsetEnvelope::kFrameRate that is never negative, kept in two bytes a frame: to 1/131070 of its
// maximum.
class Signal {
 public:
  Signal() = default;
  // Zero everywhere; `most` is the largest value that set() will be given.
  Signal(std::size_t frames, float most) : levels_(frames, 0), step_(most / kSteps) {}
  explicit Signal(const std::vector<float>& values);

  std::size_t size() const { return levels_.size(); }
  float operator[](std::size_t frame) const { return step_ * static_cast<float>(levels_[frame]); }
  // REQUIRES: 0 <= value <= most.
  void set(std::size_t frame, float value);

 private:
  static constexpr float kSteps = 65535.0F;

  std::vector<std::uint16_t> levels_;
  float step_ = 0.0F;
};

// Three functions of time that repeat with the music, each of about unit deviation where there is music.
struct Signals {
  Signal onset;    // all ranges
  Signal bass;     // below 150 Hz
  Signal harmony;  // how much the pitch classes after this moment differ from those before
};

// What brings the peak of a rise to the moment that annotators mark, seconds: clicks rise 7 ms early, piano 23 ms late.
inline constexpr double kOnsetDelay = -0.012;

Signals make_signals(const OnsetEnvelope& onsets, const PitchEnvelope& pitches);

}  // namespace mla::audio::rhythm
