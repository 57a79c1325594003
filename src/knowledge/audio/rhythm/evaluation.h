#pragma once

#include <vector>

namespace mla::audio {

// Definitions of mir_eval 0.8 (Raffel et al., "mir_eval: a transparent implementation of common MIR metrics", ISMIR
// 2014), by which bench/rhythm.py judges.

// Within 4 % of the reference; Acc2 also accepts twice, three times, half and a third of it.
bool tempo_accuracy1(double estimated, double reference);
bool tempo_accuracy2(double estimated, double reference);

// Harmonic mean of precision and recall of beats, each matched to one of the other list at most 70 ms away, as many as
// can be. Beats before 5 s are left out, as in mir_eval.beat.trim_beats. 0 if either list is then empty.
// REQUIRES: both rising, in seconds.
double beat_f_measure(const std::vector<double>& estimated, const std::vector<double>& reference);

struct KeyName {
  int tonic = 0;  // pitch class
  bool minor = false;
};

// MIREX: 1 for the key, .5 a fifth above it in the same mode, .3 its relative, .2 its parallel key, else 0.
double key_score(const KeyName& estimated, const KeyName& reference);

}  // namespace mla::audio
