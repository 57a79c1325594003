#include "knowledge/audio/rhythm/impl/level_model.h"

namespace mla::audio::rhythm {

// Learnt by tools/rhythm/train.py, which prints the figures, from 60 songs of POP909 (MIT; rendered thrice by
// tools/rhythm/render_pop909.py) and 120 synthetic click and drum tracks (tools/rhythm/synthesise.py).

// clang-format off
// trained: begin
const std::array<double, Level::kFeatures> kLevelWeights = {
    -0.056721, -1.3831, 0.095943, -7.1288, 0.036996, 0.7557, -4.47, -0.53543, 1.7769, -1.9268,
    -0.098028, 0.39784, -2.8528, -1.0238, 1.1427, 1.8163, 1.0613, -2.2594, -0.43991, 2.2247,
    0.18571, -0.86837, 2.7284, -6.947, 1.2525, 0.8229, 3.3316, 4.0388, 0.78807, 0.80004,
    1.1763, -0.81822, -0.2402};
// trained: end
// clang-format on

}  // namespace mla::audio::rhythm
