#pragma once

#include <cstdint>

#include "learning/models/training_data.h"

namespace mla::models {

// Training data without some entries of each user, and those entries.
struct Holdout {
  TrainingData rest;     // same users, items, tags and artists
  math::CsrMatrix held;  // users × items: what is to be predicted
};

// Takes round(share · n) of each user's n items away, at least one and never all: users with one item keep it.
// Timed entries go newest first (as a recommender meets them), untimed ones at random; the same seed gives the same
// split whatever the order of users. Without `latest` timed ones go at random, too. REQUIRES: 0 < share < 1.
Holdout hold_out(const TrainingData& data, double share, std::uint64_t seed, bool latest = true);

// The entries that `held` marks (one byte an entry of data.interactions) go to `held`, the others stay.
Holdout split_entries(const TrainingData& data, const std::vector<std::uint8_t>& held);

}  // namespace mla::models
