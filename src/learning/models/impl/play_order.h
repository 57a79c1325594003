#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "learning/models/recommender.h"

// The order of a history, which the times of its entries give. Entries of one time share a place.
namespace mla::models::impl {

// An entry in its place: the number of entries of known time that are older.
struct Placed {
  std::int32_t item;
  std::int32_t place;
};

// Items of one listener, oldest first (by index within a place), without those of unknown time.
// REQUIRES: times.size() == items.size(), or no times at all: then nothing has a place.
std::vector<Placed> in_order(std::span<const std::int32_t> items, std::span<const base::UnixMillis> times);

// How many entries of each entry's history are newer. What has no time is older than all that has one.
std::vector<std::int32_t> newer_entries(std::span<const HistoryEntry> history);

}  // namespace mla::models::impl
