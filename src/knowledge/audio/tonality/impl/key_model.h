#pragma once

#include <array>

#include "knowledge/audio/tonality/tonality.h"

namespace mla::audio::tonality {

// Weights of key_features() for C major and for A... minor keys on C; other tonics turn the features.
extern const std::array<double, kKeyFeatures> kMajorWeights;
extern const std::array<double, kKeyFeatures> kMinorWeights;
extern const double kMinorBias;

}  // namespace mla::audio::tonality
