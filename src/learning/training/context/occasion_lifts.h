#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "foundation/base/work.h"
#include "foundation/math/csr.h"
#include "learning/models/training_data.h"
#include "learning/training/context/occasions.h"

namespace mla::training {

using PerOccasion = std::array<float, kOccasions>;

// A listen or like of one listener.
struct OccasionListen {
  std::int32_t item;
  std::uint8_t occasion;
};

// Gamma-Poisson shrinkage (DuMouchel, The American Statistician 53, 1999): counts that were observed against counts
// that were expected become factors (observed + prior) / (expected + prior), near 1 where little was seen. One factor
// each part of the day, then each weekday, then each occasion, every one over what the ones before expect; `expected`
// is multiplied by them.
PerOccasion shrink(const PerOccasion& observed, PerOccasion& expected, float prior);

// When people listen: how often by occasion, and the share of listens there is none of, smoothed towards `shares`.
PerOccasion habit_of(std::span<const OccasionListen> listens, const PerOccasion& shares);

// How much more often an item is played on an occasion than its listeners' habits say.
// Lifts are those of its tags (geometric mean by weight), times the factors of its artist over these, times its own.
struct OccasionLifts {
  // A log lift is a step from -127 to 127 in a byte: 35 bytes an item.
  static constexpr float kStep = 1.0F / 32;

  PerOccasion shares{};                     // of all listens; sum 1
  std::span<const std::uint8_t> log_lifts;  // items × kOccasions, int8 in two's complement
  std::vector<std::uint8_t> owned;          // what log_lifts shows, unless it is mapped
  float prior = 0;                          // counts at which what was seen counts half

  float lift(std::int32_t item, int occasion) const;  // > 0
  float log_lift(std::int32_t item, int occasion) const;
};

// Counts that lifts are made of, taken once for any prior.
class OccasionCounts {
 public:
  // `listens` by user: listens[offsets[u]] … Cancelled: incomplete.
  OccasionCounts(const models::TrainingData& data, std::span<const OccasionListen> listens,
                 std::span<const std::size_t> offsets, base::Work& work);
  OccasionLifts lifts(const models::TrainingData& data, float prior) const;

 private:
  PerOccasion shares_{};
  std::vector<PerOccasion> observed_;  // of each item
  std::vector<PerOccasion> expected_;
};

// One listener's habits over the general ones: factors of each main tag (an item's heaviest) over what general lifts
// and the listener's own hours expect, then of each artist over that. An item without an artist stands for itself.
class ListenerOccasions {
 public:
  // `lifts`, `artists` (of the items, or empty) and `item_tags` (or none) must outlive it.
  ListenerOccasions(const OccasionLifts& lifts, std::span<const std::int32_t> artists, const math::CsrView& item_tags,
                    std::span<const OccasionListen> listens);

  struct LogLift {
    float general = 0;  // what all listeners' plays of the item say
    float own = 0;      // what this listener's plays of its main tag and artist add
  };
  // Over some occasions, which count by how often this listener listens then, less the mean over all of the listener's
  // hours: an occasion moves what is liked in time, it does not change how much. (Shrunk lifts are the nearer to 0 the
  // less is known; uncentred, they would weigh what is much heard against what is not.) REQUIRES: occasions.any().
  LogLift log_lift(std::int32_t item, const Occasions& occasions) const;
  // This listener's plays of the artist (or item) on these occasions, and on all.
  struct Plays {
    int then = 0;
    int all = 0;
  };
  Plays plays(std::int32_t item, const Occasions& occasions) const;

 private:
  struct Group {
    PerOccasion observed{};
    PerOccasion expected{};
    PerOccasion factors{};
  };
  using Groups = std::unordered_map<std::int64_t, Group>;
  std::int64_t artist_of(std::int32_t item) const;
  std::int32_t main_tag(std::int32_t item) const;  // -1: none
  // Adds a listen to its group; `due` is what was expected of it, by occasion.
  static void add_listen(Group& group, const OccasionListen& listen, const PerOccasion& due);
  // Factors of the item's groups so far; 1 where there is none.
  PerOccasion own_factors(std::int32_t item) const;
  PerOccasion due(std::int32_t item) const;

  const OccasionLifts& lifts_;
  std::span<const std::int32_t> artists_;
  math::CsrView item_tags_;
  PerOccasion habit_;
  Groups tags_;
  Groups artist_groups_;
};

}  // namespace mla::training
