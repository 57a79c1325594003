#include "learning/models/impl/play_order.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace mla::models::impl {

std::vector<Placed> in_order(std::span<const std::int32_t> items, std::span<const base::UnixMillis> times) {
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] != 0) entries.push_back(i);
  }
  std::sort(entries.begin(), entries.end(), [&](std::size_t a, std::size_t b) {
    return times[a] != times[b] ? times[a] < times[b] : items[a] < items[b];
  });
  std::vector<Placed> placed(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool same = i > 0 && times[entries[i]] == times[entries[i - 1]];
    placed[i] = {items[entries[i]], same ? placed[i - 1].place : static_cast<std::int32_t>(i)};
  }
  return placed;
}

std::vector<std::int32_t> newer_entries(std::span<const HistoryEntry> history) {
  std::vector<base::UnixMillis> times(history.size());
  std::transform(history.begin(), history.end(), times.begin(), [](const HistoryEntry& entry) { return entry.time; });
  std::sort(times.begin(), times.end(), std::greater<>());
  std::vector<std::int32_t> newer(history.size());
  for (std::size_t h = 0; h < history.size(); ++h) {
    const auto first = std::lower_bound(times.begin(), times.end(), history[h].time, std::greater<>());
    newer[h] = static_cast<std::int32_t>(first - times.begin());
  }
  return newer;
}

}  // namespace mla::models::impl
