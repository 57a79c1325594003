#include "learning/models/validation/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mla::models {

std::span<const std::int32_t> Ranker::top(std::span<const float> scores, std::span<const std::int32_t> masked,
                                          std::span<const std::int32_t> relevant, std::size_t k) {
  for (const std::int32_t item : relevant) state_[item] = kRelevant;
  for (const std::int32_t item : masked) state_[item] = kMasked;

  // One pass: what is below the worst of the best k so far is dropped at sight, the others wait in a buffer.
  best_.clear();
  const std::size_t buffer = 4 * k + 64;
  float threshold = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < scores.size() && k > 0; ++i) {
    if (scores[i] < threshold || state_[i] == kMasked) continue;
    best_.push_back(static_cast<std::int32_t>(i));
    if (best_.size() == buffer) {
      prune(scores, k);
      threshold = scores[best_[k - 1]];
    }
  }
  prune(scores, k);

  hits_.resize(best_.size());
  for (std::size_t i = 0; i < best_.size(); ++i) hits_[i] = state_[best_[i]] == kRelevant ? 1 : 0;
  for (const std::int32_t item : relevant) state_[item] = kPlain;
  for (const std::int32_t item : masked) state_[item] = kPlain;
  return best_;
}

void Ranker::prune(std::span<const float> scores, std::size_t k) {
  const auto better = [&](std::int32_t a, std::int32_t b) {
    if (scores[a] != scores[b]) return scores[a] > scores[b];
    if (state_[a] != state_[b]) return state_[a] < state_[b];
    return a < b;
  };
  const auto end = best_.begin() + static_cast<std::ptrdiff_t>(std::min(k, best_.size()));
  std::partial_sort(best_.begin(), end, best_.end(), better);
  best_.erase(end, best_.end());
}

double ndcg(std::span<const std::uint8_t> hits, std::size_t relevant, std::size_t k) {
  if (relevant == 0) return 0;
  const auto gain = [](std::size_t position) { return 1.0 / std::log2(static_cast<double>(position) + 2); };
  double found = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (hits[i] != 0) found += gain(i);
  }
  double ideal = 0;
  for (std::size_t i = 0; i < std::min(relevant, k); ++i) ideal += gain(i);
  return found / ideal;
}

}  // namespace mla::models
