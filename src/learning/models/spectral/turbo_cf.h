#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// Turbo-CF (Park, Shin & Shin, "Turbo-CF: Matrix Decomposition-Free Graph Filtering for Fast Recommendation", SIGIR
// 2024), a closed form without training and without a decomposition. With R̃ = D_U^-α R D_I^(α-1) and P̄ = (R̃ᵀR̃)^∘s,
// every entry to the power s, the scores are
//   filter 1  r P̄
//   filter 2  r (2 P̄ - P̄²)
//   filter 3  r (P̄ + 0.01 (-P̄³ + 10 P̄² - 29 P̄)), which falls off like an ideal low-pass filter
// P̄ is stored sparse: 8 bytes for each pair of items that share a listener. Above `memory_mb` as many of the strongest
// entries of each item stay as fit (a pair stays if it is among them for one of its items), and the report says so.
Algorithm turbo_cf_algorithm();

}  // namespace mla::models
