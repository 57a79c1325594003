#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "knowledge/audio/rhythm/impl/signals.h"
#include "knowledge/audio/rhythm/impl/tempogram.h"

namespace mla::audio::rhythm {

// A metrical level that might be the beat: `ratio` periods of the pulse.
struct Level {
  static constexpr std::size_t kFeatures = 33;

  double ratio = 1.0;
  double tempo = 0.0;                        // BPM
  std::vector<double> beats;                 // frames
  std::array<double, kFeatures> features{};  // what the level model weighs; levels.cpp names them
  double probability = 0.0;
};

// The levels of a pulse between 40 and 240 BPM, likeliest first, with their probabilities from the trained model.
// Empty where too little pulses. REQUIRES: one period for each window of the tempogram.
std::vector<Level> weigh_levels(const Signals& signals, const Tempogram& tempogram, const std::vector<double>& periods);

// 60 / median interval, each interval being a mean over up to 16 beats, which no frame rate rounds. 0 for less than 2.
double tempo_of(const std::vector<double>& beats_in_seconds);

}  // namespace mla::audio::rhythm
