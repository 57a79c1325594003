#pragma once

#include <string>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/models/recommender.h"
#include "learning/training/calibration.h"
#include "learning/training/context/context_model.h"
#include "learning/training/dataset.h"
#include "learning/training/split.h"

namespace mla::training {

// How much the occasion of a listen says about what is played, found on held-out listens.
struct OccasionTrial {
  float prior = 0;            // of the lifts
  float weight = 0;           // 0: it says nothing that can be told from chance
  double gain = 0;            // in mean log-likelihood a listen, on listeners the weight was not learnt from
  double gain_error = 0;      // standard error
  std::size_t listeners = 0;  // judged
};

// Candidates of a listener are the first places of `model`, which is fitted on validation.split.rest; a held-out pair
// was played on the occasion of its first listen. Weights maximise the mean log-probability of what was played,
//   P(i) = softmax over candidates of (b · log-odds of the calibration + w · log lift(i)),  w >= 0
// (conditional logit, McFadden 1974: convex); w / b is what a log lift is worth in log-odds. b is free with and without
// lifts: else lifts, which are nearer to 0 for what is little heard, would only flatten a steep ranking. Priors are
// tried on a grid. To be used, the gain of weights that were learnt on the other half of the listeners must exceed two
// and a half standard errors.
base::Result<OccasionTrial> try_occasions(const models::Recommender& model, const Calibration& calibration,
                                          const Dataset& dataset, const Validation& validation, base::Work& work);

// Lifts of all listens of the data under what was found; empty if its weight is 0.
base::Result<OccasionModel> fit_occasions(const OccasionTrial& trial, const Dataset& dataset, base::Work& work);

// For people.
std::string to_line(const OccasionTrial& trial);

}  // namespace mla::training
