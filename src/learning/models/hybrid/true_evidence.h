#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learning/models/recommender.h"

namespace mla::models {

// A part of a blend as evidence needs it.
struct BlendPart {
  const Recommender* model;
  float weight;                                 // > 0
  float typical_best;                           // > 0: stands for the scale where the part has no effects()
  std::vector<std::vector<Evidence>> proposed;  // explain_batch of the items
};

// Of what the parts propose, the facts that truly raise an item's blended score
//   s(i) = sum over parts p of w_p · max(0, s_p(i)) / t_p,   t_p = the part's best score among what is not heard yet,
// strongest first, at most `limit` an item. A fact stays if s(i) falls when it is taken away with all that hangs on it:
// the other parts, and each t_p. The new t_p is taken as the best of `items` and `marks` alone, at most what it really
// is, so s(i) without the fact is overestimated and what stays is certain as far as the parts' effects() are. A tag,
// artist or sound must matter both alone and with the history item that has it; an item is no evidence for itself.
// The contribution is what the blended score loses. REQUIRES: marks hold the best unheard item of each part.
std::vector<std::vector<Evidence>> true_evidence(std::span<const BlendPart> parts, const Listener& listener,
                                                 std::span<const std::int32_t> items,
                                                 std::span<const std::int32_t> marks, std::size_t limit);

}  // namespace mla::models
