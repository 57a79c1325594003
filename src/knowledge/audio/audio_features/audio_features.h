#pragma once

#include <cstdint>
#include <optional>

#include "knowledge/audio/excerpts/excerpts.h"
#include "knowledge/audio/quality/loudness.h"
#include "knowledge/audio/rhythm/rhythm.h"
#include "knowledge/audio/tonality/tonality.h"

namespace mla::audio {

// A track in the words of the audio features that Spotify's web interface gave until 2024: its names, units and ranges,
// our own numbers. Nothing where it cannot be said: silence, less than 3 s, no pulse, no key.
// docs/audio-features.md says how each is found, from what it was learnt and how far to trust it.
struct AudioFeatures {
  std::int64_t duration_ms = 0;
  std::optional<double> loudness;      // LUFS, integrated
  std::optional<double> tempo;         // BPM
  std::optional<int> time_signature;   // beats in a bar
  std::optional<int> key;              // pitch class, 0 is C
  std::optional<int> mode;             // 1 major, 0 minor
  std::optional<double> danceability;  // all below 0 … 1
  std::optional<double> energy;
  std::optional<double> valence;
  std::optional<double> acousticness;
  std::optional<double> instrumentalness;
  std::optional<double> speechiness;
  std::optional<double> liveness;
};

// REQUIRES: all were found in one recording of `duration` seconds; `loudness` is null where it was not measured.
AudioFeatures find_audio_features(double duration, const Rhythm& rhythm, const Tonality& tonality,
                                  const Loudness* loudness, const ExcerptVectors& excerpts);

}  // namespace mla::audio
