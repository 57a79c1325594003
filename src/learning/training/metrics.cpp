#include "learning/training/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "learning/models/validation/ranking.h"

namespace mla::training {

ListMetrics list_metrics(std::span<const std::uint8_t> hits, std::size_t relevant, std::size_t k) {
  assert(relevant > 0 && k > 0 && hits.size() <= k);
  std::size_t found = 0;
  double precisions = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (hits[i] == 0) continue;
    ++found;
    precisions += static_cast<double>(found) / static_cast<double>(i + 1);
  }
  const auto reachable = static_cast<double>(std::min(relevant, k));
  return {.recall = static_cast<double>(found) / static_cast<double>(relevant),
          .recall_min = static_cast<double>(found) / reachable,
          .ndcg = models::ndcg(hits, relevant, k),
          .map = precisions / reachable,
          .hit_rate = found > 0 ? 1.0 : 0.0};
}

double coverage(std::span<const std::int64_t> times_listed) {
  if (times_listed.empty()) return 0;
  const auto listed = std::count_if(times_listed.begin(), times_listed.end(), [](std::int64_t n) { return n > 0; });
  return static_cast<double>(listed) / static_cast<double>(times_listed.size());
}

double gini(std::span<const std::int64_t> times_listed) {
  std::vector<std::int64_t> counts(times_listed.begin(), times_listed.end());
  std::sort(counts.begin(), counts.end());
  const auto n = static_cast<double>(counts.size());
  double weighted = 0;
  double total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    weighted += (2 * static_cast<double>(i + 1) - n - 1) * static_cast<double>(counts[i]);
    total += static_cast<double>(counts[i]);
  }
  return total > 0 ? weighted / (n * total) : 0;
}

double novelty(std::span<const std::int32_t> list, std::span<const std::int64_t> item_users, std::int64_t users) {
  if (list.empty() || users == 0) return 0;
  double surprise = 0;
  for (const std::int32_t item : list) {
    const auto known = static_cast<double>(std::max<std::int64_t>(item_users[item], 1));
    surprise += std::log2(static_cast<double>(users) / known);
  }
  return surprise / static_cast<double>(list.size());
}

}  // namespace mla::training
