#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// Listener neighbours: what those like who like the same.
//   score(j) = n_j^-target_exponent · Σ over the `neighbours` nearest v that have j of s(v)^amplification
//   s(v)     = n_hv / (n_hv + shrink) · Σ_i a_i b_vi / (|a| |b_v|),  a_i = n_i^(-item_exponent / 2) t(plays_i)
// a is the asking history, b_v the same for the training listener v, n_hv their common items, n_i the listeners of item
// i, t the play weight. Resnick et al. 1994 (neighbours), Breese et al. 1998 (inverse user frequency, case
// amplification), Bell & Koren 2007 (shrinkage). A listener of the training data is among the own neighbours, where
// that vote raises only what the listener has.
// Scoring goes through the inverted index: O(Σ listeners of the history's items).
Algorithm user_knn_algorithm();

}  // namespace mla::models
