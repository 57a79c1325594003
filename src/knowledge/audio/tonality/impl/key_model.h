#pragma once

#include <array>

#include "knowledge/audio/tonality/tonality.h"

namespace mla::audio::tonality {

// Weights of key_features() for C major and C minor; for another tonic the features are turned by it.
extern const std::array<double, kKeyFeatures> kMajorWeights;
extern const std::array<double, kKeyFeatures> kMinorWeights;
extern const double kMinorBias;

}  // namespace mla::audio::tonality
