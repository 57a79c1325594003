#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// Factors learnt from comparisons of what was played with what was not. A listener is the sum of what they played,
//   u = Σ_h w_h y_h / (Σ_h w_h)^½,   score(i) = u · q_i
// (asymmetric factors as in FISM, Kabbur et al., KDD 2013), so that a history is all it takes. In each epoch and for
// each listener a random half of the history makes u and the other half is to be ranked above `negatives` drawn by
// popularity^¾, which all listeners of a batch share. Losses over a played item i and the negatives N:
//   softmax  -ln (e^{c_i} / (e^{c_i} + Σ_N e^{c_k})),  c = s - ln(chance to be drawn): the sampled softmax, which
//   without
//            the correction would hold popular items back (Bengio & Senécal 2008; Wu et al., TOIS 2024)
//   bpr      -mean_N ln σ(s_i - s_k)                       (Rendle et al., UAI 2009)
// AdaGrad with one step size a row. Gradients of a batch are taken against the same factors and added item by item in
// the order of listeners: same bits at any thread count.
Algorithm bpr_algorithm();

}  // namespace mla::models
