#include "learning/training/split.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "foundation/base/random.h"

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

models::Holdout split_last(const models::TrainingData& data, std::uint64_t seed) {
  std::vector<std::uint8_t> held(data.interactions.columns.size(), 0);
  for (std::int32_t user = 0; user < data.users(); ++user) {
    const auto begin = static_cast<std::size_t>(data.interactions.offsets[user]);
    const auto end = static_cast<std::size_t>(data.interactions.offsets[user + 1]);
    if (end - begin < 2) continue;
    std::vector<std::size_t> entries(end - begin);
    std::iota(entries.begin(), entries.end(), begin);
    base::Random::stream(seed, static_cast<std::uint64_t>(user)).shuffle(entries);
    const auto last =
        data.times.empty() ? entries.begin() : std::max_element(entries.begin(), entries.end(), [&](auto a, auto b) {
          return data.times[a] < data.times[b];
        });
    held[*last] = 1;
  }
  return models::split_entries(data, held);
}

Dataset known_part(const Dataset& dataset) {
  const models::TrainingData& all = dataset.data;
  std::vector<std::int32_t> new_item(static_cast<std::size_t>(all.items()), -1);
  for (const std::int32_t item : all.interactions.columns) new_item[item] = 0;
  Dataset known;
  std::vector<math::Triplet> tags;
  for (std::int32_t item = 0; item < all.items(); ++item) {
    if (new_item[item] < 0) continue;
    new_item[item] = static_cast<std::int32_t>(known.item_ids.size());
    known.item_ids.push_back(dataset.item_ids[item]);
    if (!all.item_artists.empty()) known.data.item_artists.push_back(all.item_artists[item]);
    if (item >= all.item_tags.rows) continue;
    const auto columns = all.item_tags.view().row_columns(item);
    const auto values = all.item_tags.view().row_values(item);
    for (std::size_t t = 0; t < columns.size(); ++t) tags.push_back({new_item[item], columns[t], values[t]});
  }
  const auto items = static_cast<std::int32_t>(known.item_ids.size());
  known.data.item_tags = math::make_csr(items, all.item_tags.cols, tags);
  known.data.tag_names = all.tag_names;
  if (all.item_sounds.rows() > 0) {
    known.data.item_sounds = math::Matrix(static_cast<std::size_t>(items), all.item_sounds.cols());
    for (std::size_t item = 0; item < new_item.size(); ++item) {
      if (new_item[item] < 0) continue;
      std::ranges::copy(all.item_sounds.row(item),
                        known.data.item_sounds.row(static_cast<std::size_t>(new_item[item])).begin());
    }
  }
  known.data.times = all.times;
  known.first_times = dataset.first_times;
  math::CsrMatrix& pairs = known.data.interactions;
  pairs.cols = items;
  pairs.values = all.interactions.values;
  pairs.offsets = {0};
  for (const std::int32_t item : all.interactions.columns) pairs.columns.push_back(new_item[item]);
  for (std::int32_t user = 0; user < all.users(); ++user) {
    const std::int64_t end = all.interactions.offsets[user + 1];
    if (end == pairs.offsets.back()) continue;
    pairs.offsets.push_back(end);
    known.user_ids.push_back(dataset.user_ids[user]);
  }
  pairs.rows = static_cast<std::int32_t>(known.user_ids.size());
  return known;
}

Validation make_validation(const Dataset& dataset, std::uint64_t seed) {
  if (!dataset.first_times.empty()) {
    const base::UnixMillis newest = *std::max_element(dataset.data.times.begin(), dataset.data.times.end());
    const base::UnixMillis cut = newest - kValidationDays * base::kMillisPerDay;
    models::Holdout split = split_at(dataset, cut);
    const std::size_t pairs = predictable_pairs(split);
    if (pairs >= 100 && split.held.columns.size() * 2 <= dataset.first_times.size())
      return {std::move(split), true, cut};
  }
  return {models::hold_out(dataset.data, kValidationShare, seed), false};
}

}  // namespace mla::training
