#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// Item neighbours: score(j) = Σ_i t(plays_i) s(i, j) over the history, s kept for the `neighbours` nearest of each j
// (cut = target) or of each i (cut = history, as implicit and Sarwar et al. have it: popular j stay near many i).
//   s(i, j) = n_ij / (n_ij + shrink) · Σ_u n_u^-user_exponent a_ui a_uj / (|a_i| |a_j|^target_exponent)
// n_ij = common listeners, n_u = items of listener u, |a_i|² = Σ_u n_u^-user_exponent a_ui², t = the play weight, and
//   cosine  a_ui = t
//   tfidf   a_ui = √t · log(items / n_u)
//   bm25    a_ui = log(items / n_u) · t (K + 1) / (t + K (1 - B + B · n_i / mean n_i)), K = 1.2, B = 0.75
// Sarwar et al. 2001 (item neighbours), Bell & Koren 2007 (shrinkage), Robertson & Zaragoza 2009 (BM25; an item is a
// document, its listeners are the words). Down-weighting long histories: Deshpande & Karypis 2004.
// A target exponent below 1 (asymmetric cosine, Aiolli 2013) lets popular items keep more of their weight.
Algorithm item_knn_algorithm();

}  // namespace mla::models
