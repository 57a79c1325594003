#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// EASE beyond what fits into memory: P = (XᵀX + λI)⁻¹ is approximated by a sparse matrix whose column j lives on a
// pattern S_j, the `neighbours` items most like j (cosine) and j itself:
//   P(S_j, j) = (A(S_j, S_j))⁻¹ e_j,  A = XᵀX + λI,   B(i, j) = -P(i, j) / P(j, j)
// which is the ridge regression of j on its neighbours, and EASE itself where S_j holds all items. The purpose is that
// of SANSA (Spišák et al., "Scalable Approximate NonSymmetric Autoencoder", RecSys 2023); the way is that of Steck's
// sparse Markov random fields (NeurIPS 2019), a sparse approximate inverse with a given pattern. SANSA's incomplete
// LDLᵀ runs along one elimination order; columns by themselves run on all threads with the same bits, and their error
// does not pass from one to the next.
// Memory: 4 · neighbours² bytes a thread, and 8 · neighbours bytes an item for the result; `memory_mb` lowers
// `neighbours` to what fits.
Algorithm sansa_algorithm();

}  // namespace mla::models
