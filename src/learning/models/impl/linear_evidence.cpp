#include "learning/models/impl/linear_evidence.h"

#include <algorithm>
#include <numeric>

namespace mla::models::impl {

std::vector<std::vector<Evidence>> linear_evidence(std::span<const HistoryEntry> history, const Weigh& weigh,
                                                   const math::Matrix& values, std::span<const double> least,
                                                   std::size_t limit) {
  const std::vector<float> weights = weigh(history);
  WeightsWithout without(history, weigh);
  std::vector<std::vector<Evidence>> answers(values.rows());
  std::vector<std::pair<float, std::size_t>> parts;  // negated, so that the strongest comes first
  for (std::size_t i = 0; i < values.rows(); ++i) {
    const std::span<const float> row = values.row(i);
    parts.clear();
    for (std::size_t h = 0; h < history.size(); ++h) {
      if (const float part = weights[h] * row[h]; part > 0) parts.emplace_back(-part, h);
    }
    std::sort(parts.begin(), parts.end());
    // The same sums in the same order as a score.
    const float score = std::inner_product(weights.begin(), weights.end(), row.begin(), 0.0F);
    const auto score_without = [&](std::size_t left_out) {
      const std::vector<float>& rest = without.of(left_out);
      const auto middle = static_cast<std::ptrdiff_t>(left_out);
      const float before = std::inner_product(row.begin(), row.begin() + middle, rest.begin(), 0.0F);
      return std::inner_product(row.begin() + middle + 1, row.end(), rest.begin() + middle, before);
    };
    const double bar = least.empty() ? 0 : least[i];
    for (const auto& [part, h] : parts) {
      if (answers[i].size() == limit) break;
      const float lost = score - score_without(h);
      if (lost > bar) answers[i].push_back({Evidence::Kind::kCoListening, history[h].item, lost});
    }
    std::stable_sort(answers[i].begin(), answers[i].end(),
                     [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
  }
  return answers;
}

}  // namespace mla::models::impl
