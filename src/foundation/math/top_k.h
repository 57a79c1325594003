#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mla::math {

struct Scored {
  std::int32_t index;
  float score;

  friend bool operator==(const Scored&, const Scored&) = default;
};

// Best first: the higher score, then the lower index.
inline bool better(const Scored& a, const Scored& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

// Replaces `out` by the k best scores, best first. Left out are the indices in `excluded` (ascending, unique) and
// scores that are NaN or -infinity, so there may be fewer than k. One pass over the scores, SIMD with dispatch at run
// time.
void top_k(std::span<const float> scores, std::span<const std::int32_t> excluded, std::size_t k,
           std::vector<Scored>& out);

}  // namespace mla::math
