#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/models/recommender.h"
#include "learning/models/validation/holdout.h"

namespace mla::models {

// Best score of a row among items that the history does not have, at least 0. REQUIRES: history items ascend.
float best_unheard(std::span<const float> scores, std::span<const HistoryEntry> history);

// What a part adds to the blend for an item: max(0, score) / best, 0 if the part knows nothing (best <= 0).
inline float relative_score(float score, float best) { return best > 0 && score > 0 ? score / best : 0.0F; }

// Users that a blend is learnt from at most: enough for a handful of weights, whatever the size of the data.
inline constexpr std::size_t kBlendUsers = 3000;

// How parts are weighed against each other.
struct Blend {
  std::vector<float> weights;        // of each part, >= 0, largest 1
  std::vector<float> typical_bests;  // mean of best_unheard over the validation users: a part's usual scale
  bool judged = false;               // false: too few users to tell parts apart, and all weights are 1
  bool fell_back = false;            // one part alone
  std::size_t users = 0;             // of the validation
  std::vector<double> part_ndcg;     // of each part alone on the validation, NDCG@20
  double ndcg = 0;                   // of the blend, on users its weights were not learnt from
  double gain = 0;                   // mean of blend − best part, user by user, and its standard error
  double gain_error = 0;
};

// Mean of best_unheard of each part over up to 500 users of the data it was fitted on, drawn with work.seed.
base::Result<std::vector<float>> typical_bests(std::span<const Recommender* const> parts, const TrainingData& data,
                                               base::Work& work);

// Learns the weights. Candidates are the best items of each part for each validation user; the weights maximise the
// mean log-probability of the held-out items under a softmax over that user's candidates (ListNet's top-one loss, Cao
// et al. 2007): convex, so there is one answer. To judge it, weights of each half of the users are tried on the other
// half. Parts that can go at a cost of less than one standard error go; unless what is left is better than the best
// part by more than one standard error, that part gets all weight; else the weights move towards it as far as one
// standard error allows. Fewer than ten users have no standard error to speak of: all parts count the same then.
// REQUIRES: parts are fitted on split.rest alone; at least one.
base::Result<Blend> learn_blend(std::span<const Recommender* const> parts, const Holdout& split, base::Work& work);

// The same over several splits of the same data, each with the parts that were fitted on its rest: what is learnt suits
// all of them alike. A user counts in every split or in none. REQUIRES: at least one, and the same algorithms in each.
struct BlendSplit {
  std::vector<const Recommender*> parts;
  const Holdout* split;
};
base::Result<Blend> learn_blend(std::span<const BlendSplit> splits, base::Work& work);

}  // namespace mla::models
