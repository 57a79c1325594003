#include "learning/models/impl/item_graph.h"

#include <algorithm>
#include <cmath>

namespace mla::models::impl {
namespace {

double power_or_zero(double base, double exponent) { return base > 0 ? std::pow(base, exponent) : 0; }

}  // namespace

WeightedItems weighted(std::span<const HistoryEntry> history, const PlayWeights& play_weights) {
  const std::vector<float> weights = play_weights.of(history);
  WeightedItems items(history.size());
  for (std::size_t h = 0; h < history.size(); ++h) items[h] = {history[h].item, weights[h]};
  return items;
}

std::vector<double> normalise_degrees(math::CsrMatrix& r, double alpha) {
  std::vector<double> users(static_cast<std::size_t>(r.rows), 0.0);
  std::vector<double> items(static_cast<std::size_t>(r.cols), 0.0);
  const auto each = [&](const auto& visit) {
    for (std::size_t user = 0; user < users.size(); ++user) {
      for (auto at = static_cast<std::size_t>(r.offsets[user]); at < static_cast<std::size_t>(r.offsets[user + 1]);
           ++at) {
        visit(user, static_cast<std::size_t>(r.columns[at]), r.values[at]);
      }
    }
  };
  each([&](std::size_t user, std::size_t item, float value) {
    users[user] += value;
    items[item] += value;
  });
  std::vector<double> user_scale(users.size());
  std::vector<double> item_scale(items.size());
  std::transform(users.begin(), users.end(), user_scale.begin(), [&](double d) { return power_or_zero(d, -alpha); });
  std::transform(items.begin(), items.end(), item_scale.begin(), [&](double d) { return power_or_zero(d, alpha - 1); });
  each([&](std::size_t user, std::size_t item, float& value) {
    value = static_cast<float>(value * user_scale[user] * item_scale[item]);
  });
  return items;
}

std::vector<Evidence> linear_evidence(std::span<const HistoryEntry> history, const PlayWeights& play_weights,
                                      std::span<const float> values, std::size_t limit, double least) {
  const std::vector<float> weights = play_weights.of(history);
  std::vector<std::pair<float, std::size_t>> parts;  // negated, so that the strongest comes first
  for (std::size_t h = 0; h < history.size(); ++h) {
    const float part = weights[h] * values[h];
    if (part > 0) parts.emplace_back(-part, h);
  }
  if (parts.empty()) return {};
  // The same sum in the same order as a score, leaving one entry out.
  const auto score_without = [&](std::size_t left_out) {
    std::vector<HistoryEntry> rest;
    rest.reserve(history.size());
    for (std::size_t h = 0; h < history.size(); ++h) {
      if (h != left_out) rest.push_back(history[h]);
    }
    const std::vector<float> remaining = play_weights.of(rest);
    float sum = 0;
    for (std::size_t h = 0; h < rest.size(); ++h) sum += remaining[h] * values[h < left_out ? h : h + 1];
    return sum;
  };
  std::sort(parts.begin(), parts.end());
  std::vector<Evidence> evidence;
  const float score = score_without(history.size());
  for (const auto& [part, h] : parts) {
    if (evidence.size() == limit) break;
    const float lost = score - score_without(h);
    if (lost > least) evidence.push_back({Evidence::Kind::kCoListening, history[h].item, lost});
  }
  std::stable_sort(evidence.begin(), evidence.end(),
                   [](const Evidence& a, const Evidence& b) { return a.contribution > b.contribution; });
  return evidence;
}

}  // namespace mla::models::impl
