#include "knowledge/audio/rhythm/impl/level_model.h"

namespace mla::audio::rhythm {

// Learnt by tools/rhythm/train.py, which prints the figures, from 60 songs of POP909 (MIT; rendered thrice by
// tools/rhythm/render_pop909.py) and 120 synthetic click and drum tracks (tools/rhythm/synthesise.py).

// clang-format off
// trained: begin
const std::array<double, Level::kFeatures> kLevelWeights = {
    -0.31016, -2.0964, -1.0203, -7.732, 0.19382, -0.072181, -6.8541, -1.0769, 2.4982, -1.3332,
    0.42698, 1.3065, -1.3103, -1.328, -1.7376, 0.58075, 3.3784, -1.9202, -0.83282, 1.1932,
    -0.4837, 1.2051, 3.1958, -6.1936, 1.1489, 1.0982, 1.8031, 4.3517, 0.98094, 0.090565,
    2.9522, -0.80866, -0.41636};
// trained: end
// clang-format on

}  // namespace mla::audio::rhythm
