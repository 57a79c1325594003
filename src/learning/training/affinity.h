#pragma once

#include "foundation/base/clock.h"
#include "knowledge/catalog/event.h"

namespace mla::training {

inline constexpr double kLikeWeight = 3;  // a like counts as three listens

// What the events of one (user, item) pair come to, in any order:
//
//   strength = sum of listen weights + 3 · sum of like weights − sum of skip weights
//
// The pair counts as liked if its strength is > 0 and the latest verdict is no dislike or ban. A verdict is a like,
// dislike or ban; of verdicts at the same or at unknown times the unfavourable one holds.
class Affinity {
 public:
  // `time` 0 = unknown.
  void add(catalog::EventType type, double weight, base::UnixMillis time);

  double strength() const { return strength_; }
  bool rejected() const { return refused_ || (last_against_ != 0 && last_favour_ <= last_against_); }
  bool liked() const { return strength_ > 0 && !rejected(); }
  bool favourite() const { return has_like_ && !rejected(); }  // said so with a like
  // First and last listen or like; 0 = unknown. Skips and verdicts against do not count.
  base::UnixMillis first_heard() const { return first_; }
  base::UnixMillis last_heard() const { return last_; }

 private:
  void hear(base::UnixMillis time);

  double strength_ = 0;
  base::UnixMillis first_ = 0;
  base::UnixMillis last_ = 0;
  base::UnixMillis last_against_ = 0;
  base::UnixMillis last_favour_ = 0;
  bool refused_ = false;  // a dislike or ban at an unknown time: no like can be later
  bool has_like_ = false;
};

}  // namespace mla::training
