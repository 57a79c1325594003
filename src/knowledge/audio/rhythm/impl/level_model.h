#pragma once

#include <array>

#include "knowledge/audio/rhythm/impl/levels.h"

namespace mla::audio::rhythm {

extern const std::array<double, Level::kFeatures> kLevelWeights;

}  // namespace mla::audio::rhythm
