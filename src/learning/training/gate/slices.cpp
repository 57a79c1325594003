#include "learning/training/gate/slices.h"

#include <algorithm>
#include <numeric>

namespace mla::training {
namespace {

Slice new_listeners(const models::Holdout& recent) {
  Slice slice{"new listeners", std::vector<std::uint8_t>(static_cast<std::size_t>(recent.held.rows), 0), {}};
  for (std::int32_t user = 0; user < recent.held.rows; ++user) {
    slice.users[static_cast<std::size_t>(user)] =
        recent.rest.interactions.view().row_size(user) < static_cast<std::size_t>(kNewListenerItems) ? 1 : 0;
  }
  return slice;
}

Slice long_tail(const models::Holdout& recent) {
  const auto items = static_cast<std::size_t>(recent.held.cols);
  std::vector<std::int64_t> heard(items, 0);
  for (const std::int32_t item : recent.rest.interactions.columns) ++heard[static_cast<std::size_t>(item)];
  std::vector<std::size_t> order(items);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return heard[a] < heard[b]; });
  Slice slice{"long-tail items", {}, std::vector<std::uint8_t>(items, 0)};
  double left = kLongTailShare * static_cast<double>(recent.rest.interactions.columns.size());
  for (const std::size_t item : order) {
    left -= static_cast<double>(heard[item]);
    if (left < 0) break;
    slice.items[item] = 1;
  }
  return slice;
}

// Of each tag, how many listeners have a held item with it.
std::vector<std::int64_t> listeners_of_tags(const models::Holdout& recent) {
  const math::CsrView tags = recent.rest.item_tags.view();
  std::vector<std::int64_t> listeners(static_cast<std::size_t>(tags.cols), 0);
  std::vector<std::int32_t> last(listeners.size(), -1);
  for (std::int32_t user = 0; user < recent.held.rows; ++user) {
    for (const std::int32_t item : recent.held.view().row_columns(user)) {
      if (item >= tags.rows) continue;
      for (const std::int32_t tag : tags.row_columns(item)) {
        if (last[static_cast<std::size_t>(tag)] == user) continue;
        last[static_cast<std::size_t>(tag)] = user;
        ++listeners[static_cast<std::size_t>(tag)];
      }
    }
  }
  return listeners;
}

}  // namespace

std::vector<Slice> make_slices(const models::Holdout& recent) {
  std::vector<Slice> slices{new_listeners(recent), long_tail(recent)};
  const std::vector<std::int64_t> listeners = listeners_of_tags(recent);
  std::vector<std::size_t> order(listeners.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return listeners[a] > listeners[b]; });
  order.resize(std::min<std::size_t>(order.size(), kMostTagSlices));
  const math::CsrView tags = recent.rest.item_tags.view();
  for (const std::size_t tag : order) {
    if (listeners[tag] == 0) break;
    Slice slice{"tag " + recent.rest.tag_names[tag],
                {},
                std::vector<std::uint8_t>(static_cast<std::size_t>(recent.held.cols), 0)};
    for (std::int32_t item = 0; item < tags.rows; ++item) {
      const auto columns = tags.row_columns(item);
      if (std::binary_search(columns.begin(), columns.end(), static_cast<std::int32_t>(tag)))
        slice.items[static_cast<std::size_t>(item)] = 1;
    }
    slices.push_back(std::move(slice));
  }
  return slices;
}

}  // namespace mla::training
