#pragma once

#include <vector>

#include "knowledge/audio/tonality/tonality.h"

namespace mla::audio::tonality {

// The best path through 24 triads and silence (Viterbi). Chords change at a cost, smaller near beats.
std::vector<Chord> track_chords(const PitchEnvelope& pitches, const std::vector<double>& beats);

}  // namespace mla::audio::tonality
