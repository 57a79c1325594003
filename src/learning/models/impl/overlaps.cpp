#include "learning/models/impl/overlaps.h"

#include <utility>

#include "foundation/math/keep_best.h"

namespace mla::models::impl {

Overlaps::Overlaps(std::span<const float> scales, float shrink)
    : shrink_(shrink),
      scales_(scales.begin(), scales.end()),
      sums_(scales.size(), 0.0F),
      counts_(shrink > 0 ? scales.size() : 0, 0.0F),
      touched_(scales.size() + 1) {}

void Overlaps::add(std::span<const std::int32_t> positions, float factor, std::span<const float> values) {
  std::size_t many = many_;  // in a register
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto at = static_cast<std::size_t>(positions[i]);
    const float before = sums_[at];
    touched_[many] = positions[i];
    many += before == 0 ? 1 : 0;
    sums_[at] = before + factor * values[i];
  }
  many_ = many;
  if (counts_.empty()) return;
  for (const std::int32_t position : positions) counts_[static_cast<std::size_t>(position)] += 1;
}

void Overlaps::take_best(std::size_t k, std::vector<math::Scored>& best) {
  best.resize(many_);
  std::size_t found = 0;
  for (std::size_t i = 0; i < many_; ++i) {
    const std::int32_t position = touched_[i];
    const auto at = static_cast<std::size_t>(position);
    float score = std::exchange(sums_[at], 0.0F) * scales_[at];
    if (!counts_.empty()) {
      const float n = std::exchange(counts_[at], 0.0F);
      score *= n / (n + shrink_);
    }
    best[found] = {position, score};
    found += score > 0 ? 1 : 0;
  }
  many_ = 0;
  best.resize(found);
  math::keep_best(best, k);
}

}  // namespace mla::models::impl
