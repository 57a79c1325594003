#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/math/csr.h"
#include "learning/training/dataset.h"

namespace mla::training {

// Moods work through tags. Each mood of the map below stands for tags ("relaxed": chillout, mellow, …), which count
// kMapLift to begin with; where events say in what mood they were played, counts take over:
//
//   factor(mood, tag) = (plays of the tag in the mood + prior · mapped) / (plays expected of the tag + prior)
//
// with mapped = kMapLift for tags of the map, else 1. An item's lift is the geometric mean over its tags by weight, but
// a mood only known from the map lifts items by the share of their tags that it names. Its weight in log-odds is one.
struct MoodModel {
  static constexpr float kMapLift = 4;
  static constexpr float kPrior = 20;

  std::vector<std::string> names;      // ascending
  std::span<const float> log_factors;  // names × tags
  std::vector<float> owned;            // what log_factors shows, unless it is mapped
  std::size_t tags = 0;

  // Row of log factors of a mood; empty if nobody knows it.
  std::span<const float> find(std::string_view mood) const;
};

// True if `tag` is a word of the map's `mood` ("chill" is one of relaxed): whole words, so that "chillhop" is not.
bool mood_names_tag(std::string_view mood, std::string_view tag);

// Moods that the map knows, ascending.
std::vector<std::string_view> mapped_moods();

// `item_tags`: items × tags. At most kMostMoods moods: those of the map, then the most frequent.
inline constexpr std::size_t kMostMoods = 64;
MoodModel fit_moods(std::span<const MoodListen> listens, const math::CsrView& item_tags,
                    std::span<const std::string> tag_names);

// Log lift of an item under a row of `find`, and the tag that lifts it most (-1: none does).
struct MoodLift {
  float log_lift = 0;
  std::int32_t tag = -1;
};
MoodLift mood_lift(std::span<const float> log_factors, const math::CsrView& item_tags, std::int32_t item);

}  // namespace mla::training
