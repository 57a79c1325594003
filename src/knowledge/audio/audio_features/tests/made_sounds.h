#pragma once

#include <cmath>
#include <numbers>

#include "foundation/base/random.h"
#include "knowledge/audio/audio_features/audio_features.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "knowledge/audio/rhythm/tests/sounds.h"

// Small sounds of which everybody can say what they are.
namespace mla::audio::sounds {

inline AudioFeatures features_of(const Samples& samples) {
  OnsetEnvelope onsets;
  PitchEnvelope pitches;
  StereoImage stereo(static_cast<int>(kRate));
  Excerpts excerpts(pitches, stereo);
  LoudnessMeter meter(static_cast<int>(kRate), 1);
  const math::ConstMatrixView view{samples.data(), 1, samples.size(), samples.size()};
  stereo.push(view);
  meter.push(BlockMeasure().measure(view));
  Stft stft({}, {&onsets, &pitches, &excerpts});
  stft.push(samples);
  stft.finish();
  const Rhythm rhythm = find_rhythm(onsets, pitches);
  const Tonality tonality = find_tonality(pitches, rhythm.beats);
  const Loudness loudness = meter.finish();
  return find_audio_features(static_cast<double>(samples.size()) / kRate, rhythm, tonality, &loudness,
                             excerpts.result());
}

inline void add_drum(Samples& samples, double at, double hertz, double decay, double hiss, base::Random& random) {
  const auto start = static_cast<std::size_t>(at * kRate);
  for (std::size_t i = 0; i < 6000 && start + i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRate;
    const double tone = std::sin(2 * std::numbers::pi * hertz * t * (1 + 0.5 * std::exp(-40 * t)));
    samples[start + i] +=
        static_cast<float>(std::exp(-decay * t) * ((1 - hiss) * 0.6 * tone + hiss * 0.15 * random.normal()));
  }
}

// Kick, snare and hats in four.
inline Samples drum_loop(double tempo, double seconds) {
  Samples samples = silence(seconds);
  base::Random random(3);
  const double beat = 60 / tempo;
  for (int i = 0; i * beat / 2 < seconds - 0.2; ++i) {
    add_drum(samples, i * beat / 2, 7000, 60, 1, random);
    if (i % 4 == 0) add_drum(samples, i * beat / 2, 55, 12, 0, random);
    if (i % 4 == 2) add_drum(samples, i * beat / 2, 180, 20, 0.7, random);
  }
  return samples;
}

// A bass note and two chords a bar, another harmony in each, soft.
inline Samples waltz(double tempo, double seconds) {
  Samples samples = silence(seconds);
  constexpr std::array<int, 4> kRoots = {0, 5, 7, 0};
  const double beat = 60 / tempo;
  for (int i = 0; i * beat < seconds - 1; ++i) {
    const int root = kRoots[static_cast<std::size_t>(i / 3 % 4)];
    if (i % 3 == 0) {
      add_tone(samples, i * beat, 3 * beat, hertz(36 + root), 0.25, 1.5);
    } else {
      for (const int note : {60, 64, 67}) add_tone(samples, i * beat, 0.9 * beat, hertz(note + root), 0.05, 3);
    }
  }
  return samples;
}

// One player, no electricity: partials that fade with their number, vibrato, breath.
inline Samples trumpet(double seconds) {
  Samples samples = silence(seconds);
  constexpr std::array<int, 8> kTune = {65, 69, 72, 70, 69, 67, 65, 64};
  base::Random random(5);
  double phase = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    const double since = std::fmod(t, 0.8);
    const double vibrato = 0.15 * std::min(1.0, since) * std::sin(2 * std::numbers::pi * 5.5 * t);
    phase +=
        2 * std::numbers::pi * hertz(kTune[static_cast<std::size_t>(t / 0.8) % kTune.size()], 100 * vibrato) / kRate;
    const double level = std::min({1.0, since * 20, (0.8 - since) * 8});
    double value = 0;
    for (int k = 1; k <= 9; ++k) value += std::sin(k * phase) / (0.6 + 0.4 * k);
    samples[n] = static_cast<float>(level * (0.08 * value + 0.002 * random.normal()));
  }
  return samples;
}

// Somebody talks: syllables of a gliding buzz through two formants, hisses, pauses between phrases.
inline Samples speech(double seconds) {
  Samples samples = silence(seconds);
  base::Random random(7);
  double at = 0.2;
  while (at < seconds - 1) {
    for (int syllable = 0; syllable < 9 && at < seconds - 0.5; ++syllable) {
      const double length = 0.09 + 0.12 * random.uniform();
      const double first = 300 + 500 * random.uniform(), second = 900 + 1300 * random.uniform();
      const double pitch = 95 + 50 * random.uniform();
      const auto start = static_cast<std::size_t>(at * kRate);
      double phase = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(length * kRate); ++i) {
        const double t = static_cast<double>(i) / kRate;
        phase += 2 * std::numbers::pi * pitch * (1 - 0.2 * t / length) / kRate;
        double value = 0;
        for (int k = 1; k <= 30; ++k) {
          const double f = k * pitch;
          const double gain =
              1 / (1 + std::pow((f - first) / 90, 2)) + 0.5 / (1 + std::pow((f - second) / 130, 2)) + 0.01;
          value += gain * std::sin(k * phase) / std::sqrt(k);
        }
        samples[start + i] += static_cast<float>(0.2 * value * std::sin(std::numbers::pi * t / length));
      }
      if (random.uniform() < 0.5) {
        const auto hiss = static_cast<std::size_t>((at + length) * kRate);
        float last = 0;
        for (std::size_t i = 0; i < 1300; ++i) {
          const auto now = static_cast<float>(0.05 * random.normal());
          samples[hiss + i] += now - last;
          last = now;
        }
      }
      at += length + 0.03 + 0.06 * random.uniform();
    }
    at += 0.25 + 0.3 * random.uniform();
  }
  return samples;
}

// Chords of square waves over the drums: no wood, no string, no breath.
inline Samples electronic(double seconds) {
  Samples samples = drum_loop(126, seconds);
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    const int root = static_cast<int>(t / 1.9) % 2 == 0 ? 45 : 41;
    double value = 0;
    for (const int note : {0, 12, 19, 24}) value += std::fmod(t * hertz(root + note), 1.0) < 0.5 ? 1 : -1;
    samples[n] += static_cast<float>(0.06 * value * (1 - 0.7 * std::exp(-12 * std::fmod(t, 60 / 126.0))));
  }
  return samples;
}

}  // namespace mla::audio::sounds
