#pragma once

#include <vector>

#include "knowledge/audio/rhythm/onset_envelope.h"
#include "knowledge/audio/tonality/pitch_envelope.h"

namespace mla::audio::rhythm {

// Three functions of time that repeat with the music, each of about unit deviation where there is music.
struct Signals {
  std::vector<float> onset;    // all ranges, at OnsetEnvelope::kFrameRate
  std::vector<float> bass;     // below 150 Hz, likewise
  std::vector<float> harmony;  // how much the pitch classes after this moment differ from those before, likewise
};

// What brings the peak of a rise to the moment that annotators mark, seconds: clicks rise 7 ms early, piano 23 ms late.
inline constexpr double kOnsetDelay = -0.012;

Signals make_signals(const OnsetEnvelope& onsets, const PitchEnvelope& pitches);

}  // namespace mla::audio::rhythm
