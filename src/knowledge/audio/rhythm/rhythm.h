#pragma once

#include <cstddef>
#include <vector>

#include "knowledge/audio/rhythm/onset_envelope.h"
#include "knowledge/audio/tonality/pitch_envelope.h"

namespace mla::audio {

struct TempoAlternative {
  double tempo = 0.0;        // BPM
  double probability = 0.0;  // that this is the level people tap at
};

struct TempoPoint {
  double time = 0.0;   // seconds
  double tempo = 0.0;  // BPM around that time
};

// What a listener would tap and count. Where nothing pulses (silence, noise, one sound alone) tempo is 0 and all else
// empty.
struct Rhythm {
  double tempo = 0.0;       // BPM: 60 / median interval of beats; not rounded
  double confidence = 0.0;  // calibrated probability that `tempo` is within 4 % of what annotators say
  std::vector<TempoAlternative> alternatives;  // the other metrical levels, likeliest first
  std::vector<double> beats;                   // seconds, rising
  std::vector<std::size_t> downbeats;          // indices into beats
  int metre = 0;                               // beats in a bar, 3, 4, 5 or 7; 0 where nothing accents the beats
  std::vector<TempoPoint> tempo_curve;         // every 4 seconds
};

// Tempo, beats and bars. Deterministic; time grows linearly with the length. `docs/audio.md` tells how it works.
// REQUIRES: `pitches` heard the same frames as `onsets` and is finished.
Rhythm find_rhythm(const OnsetEnvelope& onsets, const PitchEnvelope& pitches);

// What a metrical level is judged by, for the learning command (tools/rhythm/train.py).
struct LevelFeatures {
  double tempo = 0.0;  // BPM
  std::vector<double> values;
};
std::vector<LevelFeatures> level_features(const OnsetEnvelope& onsets, const PitchEnvelope& pitches);

}  // namespace mla::audio
