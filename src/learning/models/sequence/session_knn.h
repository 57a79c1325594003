#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// Session neighbours (V-SKNN): sessions that hold what the listener met lately vote for what else they hold.
//   score(j) = n_j^-target_exponent · Σ over the `neighbours` nearest sessions s that hold j of
//              sim(s) · (1 + |p_s(j) − p_s(m)|)^-distance_exponent,   m = the newest item of the history that s holds
//   sim(s)   = |s|^-length_exponent · Σ over i in s and the history of n_i^-item_exponent (1 +
//   newer_i)^-recency_exponent
// newer_i = how many of the history are newer than i, below `session_items` (older ones are not asked), p_s = the place
// in the session, n = listeners of an item. A session ends where a listener pauses for more than `gap_minutes`, or has
// `session_items` items. Items of unknown time make one session without places (p = 0). Where most items would be alone
// in their session (days or orders instead of times of day), pauses end none.
//
// Ludewig & Jannach ("Evaluation of session-based recommendation algorithms", UMUAI 2018): weighted matches and the
// inverse frequency; Garg et al. ("Sequence and time aware neighborhood for session-based recommendations: STAN",
// SIGIR 2019): the distance to the match.
Algorithm session_knn_algorithm();

}  // namespace mla::models
