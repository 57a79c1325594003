#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/audio/tonality/pitch_envelope.h"

namespace mla::audio {

// A major or minor triad, or none.
struct Chord {
  double start = 0.0;  // seconds
  double end = 0.0;
  int root = -1;  // pitch class, 0 is C; −1: no chord
  bool minor = false;

  std::string name() const;  // "C", "Bbm", "N"
};

// Key, tuning and chords. Where nothing is pitched tonic is −1, confidence 0 and chords empty; one or two notes alone
// have no key either.
struct Tonality {
  int tonic = -1;  // pitch class of the key that fits most of the track
  bool minor = false;
  double confidence = 0.0;  // calibrated probability that tonic and mode are what annotators say
  double tuning_cents = 0.0;
  std::vector<Chord> chords;  // in order, without gaps

  std::string tonic_name()
      const;  // as the key is usually written: "Eb" for minor, "C#" for minor, "Db" for major; "" if none
  std::string_view mode_name() const;  // "major", "minor"; "" if none
  std::string camelot() const;         // "8B" is C major, "8A" A minor; "" if none
};

// REQUIRES: `pitches` is finished. `beats` in seconds, at which chords prefer to change; may be empty.
Tonality find_tonality(const PitchEnvelope& pitches, const std::vector<double>& beats);

// What a key is judged by, relative to C: for the learning command (tools/rhythm/train.py).
inline constexpr std::size_t kKeyFeatures = 60;
std::vector<double> key_features(const PitchEnvelope& pitches, const std::vector<Chord>& chords);

}  // namespace mla::audio
