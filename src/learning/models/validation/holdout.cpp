#include "learning/models/validation/holdout.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "foundation/base/random.h"

namespace mla::models {

Holdout split_entries(const TrainingData& data, const std::vector<std::uint8_t>& held) {
  assert(held.size() == data.interactions.columns.size());
  Holdout split;
  split.rest.item_tags = data.item_tags;
  split.rest.tag_names = data.tag_names;
  split.rest.item_artists = data.item_artists;
  split.rest.item_sounds = data.item_sounds;
  for (math::CsrMatrix* part : {&split.rest.interactions, &split.held}) {
    part->rows = data.users();
    part->cols = data.items();
    part->offsets.reserve(static_cast<std::size_t>(data.users()) + 1);
  }
  const math::CsrMatrix& all = data.interactions;
  for (std::int32_t user = 0; user < data.users(); ++user) {
    for (auto entry = static_cast<std::size_t>(all.offsets[user]);
         entry < static_cast<std::size_t>(all.offsets[user + 1]); ++entry) {
      math::CsrMatrix& part = held[entry] != 0 ? split.held : split.rest.interactions;
      part.columns.push_back(all.columns[entry]);
      part.values.push_back(all.values[entry]);
      if (held[entry] == 0 && !data.times.empty()) split.rest.times.push_back(data.times[entry]);
    }
    split.rest.interactions.offsets.push_back(static_cast<std::int64_t>(split.rest.interactions.columns.size()));
    split.held.offsets.push_back(static_cast<std::int64_t>(split.held.columns.size()));
  }
  return split;
}

Holdout hold_out(const TrainingData& data, double share, std::uint64_t seed, bool latest) {
  assert(share > 0 && share < 1);
  std::vector<std::uint8_t> held(data.interactions.columns.size(), 0);
  std::vector<std::size_t> entries;
  for (std::int32_t user = 0; user < data.users(); ++user) {
    const auto begin = static_cast<std::size_t>(data.interactions.offsets[user]);
    entries.resize(static_cast<std::size_t>(data.interactions.offsets[user + 1]) - begin);
    if (entries.size() < 2) continue;
    std::iota(entries.begin(), entries.end(), begin);
    base::Random::stream(seed, static_cast<std::uint64_t>(user)).shuffle(entries);
    if (latest && !data.times.empty()) {
      // The shuffle stays as the order among equal times.
      std::stable_sort(entries.begin(), entries.end(),
                       [&](std::size_t a, std::size_t b) { return data.times[a] > data.times[b]; });
    }
    const auto wanted = static_cast<std::size_t>(std::llround(share * static_cast<double>(entries.size())));
    const std::size_t taken = std::clamp<std::size_t>(wanted, 1, entries.size() - 1);
    for (std::size_t i = 0; i < taken; ++i) held[entries[i]] = 1;
  }
  return split_entries(data, held);
}

}  // namespace mla::models
