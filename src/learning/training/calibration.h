#pragma once

#include <span>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/csr.h"
#include "learning/models/recommender.h"

namespace mla::training {

// Turns a place in a listener's ranking into the probability that the listener plays the item (DESIGN 3.2):
//
//   p = 1 / (1 + exp(-(a + b · ln(rank + 1) + c · (score - m) / s))),  b <= 0, c >= 0
//
// Platt scaling (1999) with the rank beside the score: scores of different listeners are not on one scale, ranks are.
// m and s are the mean and deviation of the scores it was learnt from, standardised scores are cut off at ±4.
struct Calibration {
  // `rank` counts from 0 among the items not heard yet; `score` is the model's. In [0, 1], never rising with rank.
  // 0 if nothing could be learnt.
  double probability(int rank, float score) const;

  // a + b · ln(rank + 1) + …, what `probability` is the logistic function of. 0 if nothing could be learnt.
  double log_odds(int rank, float score) const;

  // a, b, c, m, s as above; empty if nothing could be learnt. What is stored.
  std::vector<float> probabilities;
};

// One place of one listener's ranking, and whether the item was played.
struct Outcome {
  int rank = 0;
  float score = 0;
  bool played = false;
};

// The first `depth` places of each listener's ranking that can be judged: listeners with a history in `train` and,
// unless `silent_too`, a held-out item. (Timed data: who played nothing in those days is part of the truth.)
// At most `max_listeners`, drawn with work.seed.
base::Result<std::vector<std::vector<Outcome>>> collect_outcomes(const models::Recommender& model,
                                                                 const models::TrainingData& train,
                                                                 const math::CsrView& held, bool silent_too,
                                                                 std::size_t depth, std::size_t max_listeners,
                                                                 base::Work& work);

// Maximum likelihood with a weak ridge, by Newton's method.
Calibration fit_calibration(std::span<const std::vector<Outcome>> listeners);

// Expected calibration error over the first `depth` places: outcomes sorted by probability into `bins` of equal
// count, mean |share played - mean probability| (Naeini et al. 2015 with equal-mass bins, which equal-width ones
// would leave all but empty above a few percent).
double calibration_error(const Calibration& calibration, std::span<const std::vector<Outcome>> listeners,
                         std::size_t depth, std::size_t bins = 15);

}  // namespace mla::training
