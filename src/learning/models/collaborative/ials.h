#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// Implicit alternating least squares (Hu, Koren, Volinsky 2008) with the loss and the frequency-scaled regularisation
// of Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of iALS on Item Recommendation Benchmarks" (2021):
//   Σ_(u,i) seen c_ui (1 - x_u·v_i)² + α Σ_(u,i) all (x_u·v_i)² + Σ_u λ_u |x_u|² + Σ_i λ_i |v_i|²
//   λ_u = λ (n_u + α items)^ν,  λ_i = λ (n_i + α users)^ν,  c = the play weight, α = unobserved_weight
// Before each half epoch both sides are rotated so that the fixed side's Gram matrix is diagonal. A row of n
// interactions is then either solved exactly (n²d + n³/3 multiply-adds if n < d, else nd²/2 + d³/6, impl/row_solver.h)
// or improved from its last value: by `gradient_steps` steps (2nd a step, impl/row_refiner.h), which reaches the same
// NDCG@20 in as many epochs, or `block` dimensions at a time (iALS++, impl/block_refiner.h; bench/ials_solvers
// compares). Items that nobody has heard get the vectors that their tags foretell (impl/attribute_map.h). Only item
// vectors are kept: a listener, new or old, is one exact row solve.
Algorithm ials_algorithm();

}  // namespace mla::models
