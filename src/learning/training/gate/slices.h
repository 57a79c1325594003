#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "learning/models/validation/holdout.h"

namespace mla::training {

// A part of what is to be predicted, which may get worse while the whole gets better.
struct Slice {
  std::string name;                 // "new listeners", "tag jazz"
  std::vector<std::uint8_t> users;  // one byte a user; empty: all
  std::vector<std::uint8_t> items;  // one byte an item; empty: all

  bool has_user(std::int32_t user) const { return users.empty() || users[static_cast<std::size_t>(user)] != 0; }
  bool has_item(std::int32_t item) const { return items.empty() || items[static_cast<std::size_t>(item)] != 0; }
};

inline constexpr int kNewListenerItems = 5;    // a listener with fewer known items is new
inline constexpr double kLongTailShare = 0.2;  // the least heard items that make up this share of all pairs
inline constexpr int kMostTagSlices = 20;      // the tags that most of those listeners' held items have

// New listeners, long-tail items, and each of the most common tags of what is held out.
std::vector<Slice> make_slices(const models::Holdout& recent);

}  // namespace mla::training
