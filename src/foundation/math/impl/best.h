#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "foundation/math/top_k.h"

namespace mla::math::impl {

// Keeps the k best of what was offered, in `kept`. Scores come in ascending order of index, so that a later score which
// only equals the worst kept one can be dropped: most blocks are passed by at the price of one comparison a vector.
// NaN and -infinity are never kept. Not thread-safe.
class Best {
 public:
  Best(std::size_t k, std::vector<Scored>& kept) : k_(k), kept_(kept) { kept_.clear(); }

  // scores[i] is the score of index first + i.
  void offer(std::span<const float> scores, std::size_t first);
  // The same without the indices that `excluded` holds (ascending, unique); `next` is the place in it where the last
  // call stopped, 0 at the start.
  void offer(std::span<const float> scores, std::size_t first, std::span<const std::int32_t> excluded,
             std::size_t& next);
  // Leaves the k best, best first.
  void finish();

 private:
  void shrink();

  static constexpr std::size_t kBlock = 1024;

  std::size_t k_;
  std::vector<Scored>& kept_;
  float threshold_ = -std::numeric_limits<float>::infinity();
  std::array<std::int32_t, kBlock> found_;
};

}  // namespace mla::math::impl
