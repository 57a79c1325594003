#include "knowledge/audio/rhythm/impl/level_model.h"

namespace mla::audio::rhythm {

const std::array<double, Level::kFeatures> kLevelWeights = {0.0, -8.0};

}  // namespace mla::audio::rhythm
