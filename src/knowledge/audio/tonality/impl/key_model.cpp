#include "knowledge/audio/tonality/impl/key_model.h"

namespace mla::audio::tonality {

// Learnt by tools/rhythm/train.py, which prints the figures, from 60 songs of POP909 (MIT; rendered thrice by
// tools/rhythm/render_pop909.py).

// clang-format off
// trained: begin
// trained: end
// clang-format on

}  // namespace mla::audio::tonality
