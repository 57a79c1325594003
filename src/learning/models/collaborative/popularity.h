#pragma once

#include "learning/models/algorithms.h"

namespace mla::models {

// The same list for everybody: an item scores the number of its listeners, each counted 2^(-age / half_life_days),
// age = from the listener's last event with the item to the newest event in the data. Untimed entries count 1.
Algorithm popularity_algorithm();

}  // namespace mla::models
