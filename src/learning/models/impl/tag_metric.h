#pragma once

#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/models/training_data.h"

namespace mla::models::impl {

// How much each tag says about what is heard together: w_t of the metric x·y = Σ_t w_t x_t y_t, learnt from histories.
// For a listener, an item j of the history and an item k that is not in it, the rest of the history should be closer
// to j (the pairwise loss of Rendle et al., "BPR", 2009; learning a metric from co-listening: McFee, Barrington &
// Lanckriet, "Learning content similarity for music recommendation", 2012, here with a diagonal):
//   Σ -ln σ(s(j) - s(k)) + ρ/2 Σ_t (ln w_t - ln w)²,   s(i) = Σ_h≠j p_h Σ_t w_t x_ht x_it / Σ_h≠j p_h
// by AdaGrad on ln w_t from w_t = w = 100, which is where a tag stays of which nothing is known, and then divided by
// it: 1 is a tag like any other. Samples are drawn with work.seed and taken in one order, so that the result does not
// depend on the number of threads; at most 2,000,000 of them, whatever the size of the data. All weights are 1 where
// no listener has two items with tags. `rows`: items × tags, the x of the items. kCancelled if work is cancelled.
base::Result<std::vector<float>> learn_tag_weights(const math::CsrView& rows, const TrainingData& data,
                                                   base::Work& work);

}  // namespace mla::models::impl
