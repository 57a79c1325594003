#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// SLIM (Ning & Karypis, "SLIM: Sparse Linear Methods for Top-N Recommender Systems", ICDM 2011), in its variant fsSLIM:
// the weights of item j are the elastic net over its `neighbours` most like items (cosine)
//   min ½ ‖x_j − X w‖² + ½ l2 ‖w‖² + l1 ‖w‖₁,  w >= 0,  w_j = 0
// by cyclic coordinate descent on the residual, one item a task: fixed order, same bits at any thread count.
// Most weights are 0, so that a model is small and a reason names few items.
Algorithm slim_algorithm();

}  // namespace mla::models
