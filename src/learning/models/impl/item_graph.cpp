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

}  // namespace mla::models::impl
