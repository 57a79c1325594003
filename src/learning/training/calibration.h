#pragma once

#include <span>
#include <vector>

namespace mla::training {

// Turns a place in a listener's ranking into the probability that the listener plays the item (DESIGN 3.2).
struct Calibration {
  // `rank` counts from 0 among the items not heard yet; `score` is the model's. In [0, 1], never rising with rank.
  double probability(int rank, float score) const;

  std::vector<float> probabilities;  // see calibration.cpp
};

}  // namespace mla::training
