#pragma once

#include <cstddef>
#include <vector>

#include "knowledge/audio/rhythm/impl/signals.h"

namespace mla::audio::rhythm {

struct Bars {
  std::vector<std::size_t> downbeats;  // indices of beats
  int metre = 0;                       // 3, 4, 5 or 7; 0, and no downbeats, where beats are all alike
};

// Which beats begin a bar: low sounds and changes of harmony fall there. The best path through the places of a bar
// (Viterbi), for bars of 3, 4, 5 and 7, of which the odd ones have to win clearly; a bar may rarely be cut short.
// REQUIRES: beats in frames.
Bars find_bars(const Signals& signals, const std::vector<double>& beats);

}  // namespace mla::audio::rhythm
