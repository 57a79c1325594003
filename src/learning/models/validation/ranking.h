#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mla::models {

// Picks the best items of a score row. Holds scratch memory: one object a thread.
//
// Ties are broken against the model: of equal scores the irrelevant items come first, then the lower index. So equal
// scores never count as knowledge, and a list does not depend on the order in which a file numbers its items.
class Ranker {
 public:
  explicit Ranker(std::int32_t items) : state_(static_cast<std::size_t>(items), kPlain) {}

  // The first `k` items (fewer if fewer are left), best first, without those of `masked`.
  // REQUIRES: scores.size() == items; `masked` and `relevant` hold valid items. Valid until the next call.
  std::span<const std::int32_t> top(std::span<const float> scores, std::span<const std::int32_t> masked,
                                    std::span<const std::int32_t> relevant, std::size_t k);

  // hits()[i] is 1 where the i-th item of the last `top` is relevant, else 0.
  std::span<const std::uint8_t> hits() const { return hits_; }

 private:
  enum State : std::uint8_t { kPlain, kRelevant, kMasked };
  void prune(std::span<const float> scores, std::size_t k);

  std::vector<std::uint8_t> state_;  // of every item; kPlain between calls
  std::vector<std::int32_t> best_;
  std::vector<std::uint8_t> hits_;
};

// Normalised discounted cumulative gain of a list: binary gain, discount log2(rank + 1), the ideal list cut at
// min(relevant, k) (Järvelin & Kekäläinen, 2002). 0 if nothing is relevant. REQUIRES: k > 0, hits.size() <= k.
double ndcg(std::span<const std::uint8_t> hits, std::size_t relevant, std::size_t k);

}  // namespace mla::models
