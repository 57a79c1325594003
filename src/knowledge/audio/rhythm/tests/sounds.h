#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include "knowledge/audio/dsp/stft.h"
#include "knowledge/audio/rhythm/rhythm.h"
#include "knowledge/audio/tonality/tonality.h"

namespace mla::audio::sounds {

inline constexpr double kRate = 22050.0;
using Samples = std::vector<float>;

inline Samples silence(double seconds) { return Samples(static_cast<std::size_t>(seconds * kRate), 0.0F); }

inline void add_tone(Samples& samples, double at, double seconds, double hertz, double level, double decay) {
  const auto start = static_cast<std::size_t>(std::lround(at * kRate));
  const auto length = static_cast<std::size_t>(seconds * kRate);
  for (std::size_t i = 0; i < length && start + i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRate;
    // Without a fade-out the end of a tone would be a click.
    const double fade = std::min({1.0, t * 300.0, (seconds - t) * 50.0});
    samples[start + i] +=
        static_cast<float>(level * fade * std::exp(-decay * t) * std::sin(2.0 * std::numbers::pi * hertz * t));
  }
}

inline void add_click(Samples& samples, double at, double level = 0.7) {
  add_tone(samples, at, 0.05, 1000.0, level, 80.0);
}

inline Samples clicks(double tempo, double seconds) {
  Samples samples = silence(seconds);
  for (double at = 0.3; at < seconds - 0.1; at += 60.0 / tempo) add_click(samples, at);
  return samples;
}

inline Samples noise(double seconds, double level) {
  Samples samples = silence(seconds);
  std::uint64_t state = 42;
  for (float& sample : samples) {
    state = (state * 6364136223846793005ULL) + 1442695040888963407ULL;
    sample = static_cast<float>(level * ((static_cast<double>(state >> 33) / 1073741824.0) - 1.0));
  }
  return samples;
}

inline double hertz(int midi, double cents = 0.0) { return 440.0 * std::exp2((midi - 69 + (cents / 100.0)) / 12.0); }

// A triad with its root in the bass, each note with three partials.
inline void add_chord(Samples& samples, double at, double seconds, int root, bool minor, double cents = 0.0) {
  for (const int note : {36 + root, 60 + root, 60 + root + (minor ? 3 : 4), 60 + root + 7})
    for (int partial = 1; partial <= 3; ++partial)
      add_tone(samples, at, seconds, partial * hertz(note, cents), 0.08 / partial, 0.8);
}

struct Heard {
  OnsetEnvelope onsets;
  PitchEnvelope pitches;
  Rhythm rhythm;
  Tonality tonality;
};

inline Heard hear(const Samples& samples) {
  Heard heard;
  Stft stft({}, {&heard.onsets, &heard.pitches});
  stft.push(samples);
  stft.finish();
  heard.rhythm = find_rhythm(heard.onsets, heard.pitches);
  heard.tonality = find_tonality(heard.pitches, heard.rhythm.beats);
  return heard;
}

}  // namespace mla::audio::sounds
