#pragma once

#include <vector>

#include "knowledge/audio/rhythm/impl/signals.h"
#include "knowledge/audio/rhythm/impl/tempogram.h"

namespace mla::audio::rhythm {

// The train of moments about `ratio` periods apart that best meets onsets, low sounds and changes of harmony: dynamic
// programming (D. Ellis, "Beat tracking by dynamic programming", JNMR 2007) with a period that may drift. Frames,
// between which it interpolates; rising. REQUIRES: one period for each window of the tempogram.
std::vector<double> track_beats(const Signals& signals, const Tempogram& tempogram, const std::vector<double>& periods,
                                double ratio);

// Signal at a beat: its maximum two frames around.
float strength(const Signal& signal, double frame);

}  // namespace mla::audio::rhythm
