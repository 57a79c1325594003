#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "foundation/math/top_k.h"

namespace mla::models::impl {

// Sums over many positions of which few are added to, and the best of them: one row of a sparse product Xᵀ X with all
// but its largest entries dropped. Positions that are often added to should lie close together, so that they stay in
// the cache. No branch hangs on the data. One object a thread.
class Overlaps {
 public:
  // One position a scale; scales are finite and not negative. With `shrink` > 0 it is also counted how often each
  // position is added to.
  Overlaps(std::span<const float> scales, float shrink);

  // sums[positions[i]] += factor · values[i]. REQUIRES: products > 0.
  void add(std::span<const std::int32_t> positions, float factor, std::span<const float> values);

  // Leaves the position out of what follows until the next take_best. REQUIRES: nothing is added to it any more.
  void drop(std::size_t position) { sums_[position] = 0; }

  // Replaces `best` by the k positions with the largest sum · scale · n / (n + shrink), n = how often it was added to,
  // in unspecified order; of equal ones the lowest. None has 0. All sums are 0 again afterwards.
  void take_best(std::size_t k, std::vector<math::Scored>& best);

 private:
  float shrink_;
  std::vector<float> scales_;
  std::vector<float> sums_;
  std::vector<float> counts_;          // empty if not counted
  std::vector<std::int32_t> touched_;  // one more, as each is written before it is known to be new
  std::size_t many_ = 0;               // of touched_
};

}  // namespace mla::models::impl
