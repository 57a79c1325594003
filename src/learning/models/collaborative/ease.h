#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019) with the dropout of EDLAE (Steck,
// "Autoencoders that don't overfit towards the Identity", NeurIPS 2020): score(j) = Σ_i x_i B(i, j), with
//   Λ = λI + p / (1 - p) diag(XᵀX),  P = (XᵀX + Λ)⁻¹,  B(i, j) = -P(i, j) / P(j, j),  B(j, j) = 0,  p = dropout
// With Y = X Λ^-½ and Q = (YᵀY + I)⁻¹ this is B(i, j) = -√(Λ_j / Λ_i) Q(i, j) / Q(j, j). With fewer users than items it
// is computed exactly through the users × users dual (Woodbury identity):
//   Q = I - Yᵀ M Y,  M = (YYᵀ + I)⁻¹,  so that B(i, j) = √(Λ_j / Λ_i) q(i) / (1 - q(j)) with q = Yᵀ M y_j
// Columns of B are made in small blocks and only the `keep` strongest entries of each stay: no items × items matrix is
// ever in memory in the dual form, and scoring is a sparse sum. kUnsupported if both sides exceed `max_dense`.
Algorithm ease_algorithm();

}  // namespace mla::models
