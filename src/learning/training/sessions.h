#pragma once

#include "foundation/base/clock.h"
#include "learning/training/dataset.h"

namespace mla::training {

// With fewer listeners than this, what other people like cannot be learnt: sessions of the few take their place.
inline constexpr std::int32_t kFewListeners = 20;

inline constexpr base::UnixMillis kSessionGap = 30 * 60 * base::kMillisPerSecond;  // a longer pause ends a session
inline constexpr std::size_t kMostSessionItems = 100;

// The data with sessions in the place of listeners: a row holds what was heard without a pause of more than half an
// hour, with the number of plays for weights, so that models of co-listening learn what is played together. A
// listener's liked items of unknown time make one more row. Items that are not liked on balance are left out. Rows of
// one item stay: they say what is popular. Single listens and occasions are not in the result.
Dataset sessions_as_users(const Dataset& dataset);

}  // namespace mla::training
