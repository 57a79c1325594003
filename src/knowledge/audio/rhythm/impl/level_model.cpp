#include "knowledge/audio/rhythm/impl/level_model.h"

namespace mla::audio::rhythm {

// Learnt by tools/rhythm/train.py, which prints the figures, from 60 songs of POP909 (MIT; rendered thrice by
// tools/rhythm/render_pop909.py) and 120 synthetic click and drum tracks (tools/rhythm/synthesise.py).

// clang-format off
// trained: begin
const std::array<double, Level::kFeatures> kLevelWeights = {0.0, -8.0};
// trained: end
// clang-format on

}  // namespace mla::audio::rhythm
