#include "learning/models/impl/linear_evidence.h"

#include <algorithm>
#include <numeric>

namespace mla::models::impl {
namespace {

// The weighted sum of all values but one; `rest` holds the weights of the others.
float sum_without(std::span<const float> values, std::span<const float> rest, std::size_t left_out) {
  const auto middle = static_cast<std::ptrdiff_t>(left_out);
  const float before = std::inner_product(values.begin(), values.begin() + middle, rest.begin(), 0.0F);
  return std::inner_product(values.begin() + middle + 1, values.end(), rest.begin() + middle, before);
}

}  // namespace

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
    const double bar = least.empty() ? 0 : least[i];
    for (const auto& [part, h] : parts) {
      if (answers[i].size() == limit) break;
      const float lost = score - sum_without(row, without.of(h), h);
      if (lost > bar) answers[i].push_back({Evidence::Kind::kCoListening, history[h].item, lost});
    }
    std::stable_sort(answers[i].begin(), answers[i].end(),
                     [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
  }
  return answers;
}

Effects linear_effects(std::span<const HistoryEntry> history, const Weigh& weigh, const math::Matrix& values,
                       std::span<const Evidence> facts) {
  const std::vector<float> weights = weigh(history);
  WeightsWithout without(history, weigh);
  Effects effects{std::vector<float>(values.rows()), math::Matrix(facts.size(), values.rows())};
  for (std::size_t i = 0; i < values.rows(); ++i) {
    const auto row = values.row(i);
    effects.scores[i] = std::inner_product(weights.begin(), weights.end(), row.begin(), 0.0F);
    for (std::size_t f = 0; f < facts.size(); ++f) {
      if (facts[f].kind != Evidence::Kind::kCoListening) continue;
      const std::size_t left_out = position_of(history, facts[f].id);
      effects.lost(f, i) = effects.scores[i] - sum_without(row, without.of(left_out), left_out);
    }
  }
  return effects;
}

}  // namespace mla::models::impl
