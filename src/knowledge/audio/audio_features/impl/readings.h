#pragma once

#include <span>
#include <string_view>

#include "knowledge/audio/excerpts/excerpts.h"

namespace mla::audio::impl {

// What linear models learnt by tools/audio_features/train.py read from one excerpt vector, each 0 … 1 on Spotify's
// scale.
struct Readings {
  double energy = 0;
  double valence = 0;
  double acousticness = 0;
  double voice = 0;  // the probability that somebody sings or speaks
  double speechiness = 0;
  double liveness = 0;
};

// REQUIRES: excerpt_columns() numbers.
Readings read_excerpt(std::span<const float> excerpt);

// The columns of one family of an excerpt vector.
std::span<const float> family_columns(std::span<const float> excerpt, std::string_view family);

}  // namespace mla::audio::impl
