#include "learning/models/impl/neighbourhoods.h"

#include <algorithm>
#include <cmath>

namespace mla::models::impl {

void Neighbourhoods::add_products(std::int32_t item) {
  const auto users = by_item_.row_columns(item);
  const auto user_values = by_item_.row_values(item);
  for (std::size_t u = 0; u < users.size(); ++u) {
    const auto items = by_user_.row_columns(users[u]);
    const auto values = by_user_.row_values(users[u]);
    for (std::size_t at = 0; at < items.size(); ++at) {
      float& sum = sums_[static_cast<std::size_t>(items[at])];
      if (sum == 0) touched_.push_back(items[at]);
      sum += user_values[u] * values[at];
    }
  }
}

void Neighbourhoods::reset() {
  for (const std::int32_t item : touched_) sums_[static_cast<std::size_t>(item)] = 0;
  touched_.clear();
}

const std::vector<Neighbourhoods::Neighbour>& Neighbourhoods::of(std::int32_t target, std::size_t most) {
  add_products(target);
  candidates_.clear();
  for (const std::int32_t item : touched_) {
    if (item == target) continue;
    double squares = 0;
    for (const float value : by_item_.row_values(item)) squares += static_cast<double>(value) * value;
    const float likeness = sums_[static_cast<std::size_t>(item)] / static_cast<float>(std::sqrt(squares));
    candidates_.push_back({item, likeness});
  }
  if (candidates_.size() > most) {
    std::nth_element(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(most), candidates_.end(),
                     math::better);
    candidates_.resize(most);
  }
  neighbours_.clear();
  for (const math::Scored& one : candidates_) {
    neighbours_.push_back({one.index, sums_[static_cast<std::size_t>(one.index)]});
  }
  std::sort(neighbours_.begin(), neighbours_.end(),
            [](const Neighbour& a, const Neighbour& b) { return a.item < b.item; });
  reset();
  return neighbours_;
}

void Neighbourhoods::gram(math::MatrixView gram) {
  for (std::size_t k = 0; k < gram.rows; ++k) std::ranges::fill(gram.row(k), 0.0F);
  std::vector<std::int32_t> users;
  for (std::size_t k = 0; k < neighbours_.size(); ++k) {
    const auto listeners = by_item_.row_columns(neighbours_[k].item);
    const auto values = by_item_.row_values(neighbours_[k].item);
    for (std::size_t u = 0; u < listeners.size(); ++u) {
      auto& locals = of_user_[static_cast<std::size_t>(listeners[u])];
      if (locals.empty()) users.push_back(listeners[u]);
      locals.push_back({k, values[u]});
    }
  }
  for (const std::int32_t user : users) {
    auto& locals = of_user_[static_cast<std::size_t>(user)];
    for (const Local& a : locals) {
      for (const Local& b : locals) gram(a.neighbour, b.neighbour) += a.value * b.value;
    }
    locals.clear();
  }
}

}  // namespace mla::models::impl
