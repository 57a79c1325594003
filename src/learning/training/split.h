#pragma once

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "learning/models/validation/holdout.h"
#include "learning/training/dataset.h"

namespace mla::training {

// Everything first heard at `cut` or later is held out; what was heard before, or at an unknown time, stays. Times of
// what stays are cut off at `cut`; its strengths keep later plays, as events of a pair are summed before.
// REQUIRES: the data is timed.
models::Holdout split_at(const Dataset& dataset, base::UnixMillis cut);

// The last item of every user who has two or more; of equal or unknown times one at random.
models::Holdout split_last(const models::TrainingData& data, std::uint64_t seed);

// Without users and items that are in no interaction. Order, ids and times of the others stay.
Dataset known_part(const Dataset& dataset);

// A held-out part that looks like what serving meets, and how it was made.
struct Validation {
  models::Holdout split;
  bool timed = false;        // the last 30 days; else a share of each user's items at random
  base::UnixMillis cut = 0;  // timed: what was first heard then or later is held out
};

inline constexpr int kValidationDays = 30;
inline constexpr double kValidationShare = 0.2;

// Timed data: the last 30 days, if they hold at least 100 pairs, at most half of all, of users with an earlier
// history. Else 20 % of each user's items (models::hold_out).
Validation make_validation(const Dataset& dataset, std::uint64_t seed);

}  // namespace mla::training
