#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): score(j) = Σ_i x_i B(i, j), with
//   P = (XᵀX + λI)⁻¹,  B(i, j) = -P(i, j) / P(j, j),  B(j, j) = 0
// With fewer users than items it is computed exactly through the users × users dual (Woodbury identity):
//   P = (I - Xᵀ M X) / λ,  M = (XXᵀ + λI)⁻¹,  so that B(i, j) = q(i) / (1 - q(j)) with q = Xᵀ M x_j
// Columns of B are made in small blocks and only the `keep` strongest entries of each stay: no items × items matrix is
// ever in memory in the dual form, and scoring is a sparse sum. kUnsupported if both sides exceed `max_dense`.
Algorithm ease_algorithm();

}  // namespace mla::models
