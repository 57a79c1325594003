#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::models::impl {

// One sweep of block coordinate descent towards the same minimiser as RowSolver,
//   Σ_r c_r (1 - x·v_r)² + Σ_k diagonal_k x_k²,
// from the x of the last epoch: the coordinates go in blocks of `block`, each solved exactly while the others rest.
// This is the subspace step of iALS++ (Rendle, Krichene, Zhang, Koren, "iALS++: Speeding up Matrix Factorization with
// Subspace Optimization", 2021), in the basis where the Gram matrix of all vectors is diagonal, so that blocks do not
// see each other through it. A row of n interactions costs about nd(b + 4) + db²/3 multiply-adds for b < n, else
// nd(n + 4) + dn²/3. One object a thread.
class BlockRefiner {
 public:
  // REQUIRES: block > 0.
  BlockRefiner(std::size_t dims, std::size_t block) : dims_(dims), block_(block < dims ? block : dims) {}

  // Moves x closer to the minimiser, or leaves it where it is that. False if numbers left the range of floats: x is
  // then unspecified. REQUIRES: as RowSolver::solve.
  bool refine(math::ConstMatrixView vectors, std::span<const std::int32_t> columns, std::span<const float> weights,
              std::span<const float> diagonal, std::span<float> x);

 private:
  bool solve_by_dimensions(math::ConstMatrixView rows, std::span<const float> diagonal, std::span<float> x);
  bool solve_by_rows(math::ConstMatrixView rows, std::span<const float> diagonal, std::span<float> x);

  std::size_t dims_;
  std::size_t block_;
  std::vector<float> rows_;      // √c_r v_r
  std::vector<float> residual_;  // √c_r (1 - x·v_r), of one block without its own part
  std::vector<float> part_;      // what the block explains of it
  std::vector<float> scaled_;
  std::vector<float> gram_;
};

}  // namespace mla::models::impl
