#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// What tends to follow what: transitions of every order, weighted by how far apart the two items are.
//
//   score(j) = Σ_i (1 + newer_i)^-recency_exponent · T(i, j) over the items i of the history
//   T(i, j)  = n_i^-source_exponent · n_j^-target_exponent · Σ_u (place_uj − place_ui)^-distance_exponent
//
// The sum runs over listeners u who met j after i, at most `window` places later; n = listeners of an item, place_u =
// how many items u met before, newer_i = how many of the history are newer than i. Items that a listener met at the
// same time have no order: each counts as a step of one place, half, in both directions, and not at all if more than
// `window` share that time. Plays of unknown time teach nothing; in a history they are older than all others. So on
// data without times every score is 0. T keeps the `neighbours` strongest i of each j.
//
// A step of one place is the first-order Markov chain of Rendle et al. ("Factorizing personalized Markov chains",
// WWW 2010) as plain counts; steps over several places and their decay follow the sequential rules of Ludewig & Jannach
// ("Evaluation of session-based recommendation algorithms", UMUAI 2018). Fit: O(events · window).
Algorithm markov_algorithm();

}  // namespace mla::models
