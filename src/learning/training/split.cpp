#include "learning/training/split.h"

#include <algorithm>
#include <cassert>

namespace mla::training {
namespace {

// Held-out entries of users who have something left to be known by.
std::size_t predictable_pairs(const models::Holdout& split) {
  std::size_t pairs = 0;
  for (std::int32_t user = 0; user < split.held.rows; ++user) {
    if (split.rest.interactions.view().row_size(user) > 0) pairs += split.held.view().row_size(user);
  }
  return pairs;
}

}  // namespace

models::Holdout split_at(const Dataset& dataset, base::UnixMillis cut) {
  assert(!dataset.first_times.empty());
  std::vector<std::uint8_t> held(dataset.first_times.size());
  std::transform(dataset.first_times.begin(), dataset.first_times.end(), held.begin(),
                 [&](base::UnixMillis first) { return static_cast<std::uint8_t>(first >= cut ? 1 : 0); });
  models::Holdout split = models::split_entries(dataset.data, held);
  for (base::UnixMillis& time : split.rest.times) time = std::min(time, cut);
  return split;
}

Validation make_validation(const Dataset& dataset, std::uint64_t seed) {
  if (!dataset.first_times.empty()) {
    const base::UnixMillis newest = *std::max_element(dataset.data.times.begin(), dataset.data.times.end());
    models::Holdout split = split_at(dataset, newest - kValidationDays * base::kMillisPerDay);
    const std::size_t pairs = predictable_pairs(split);
    if (pairs >= 100 && split.held.columns.size() * 2 <= dataset.first_times.size()) return {std::move(split), true};
  }
  return {models::hold_out(dataset.data, kValidationShare, seed), false};
}

}  // namespace mla::training
