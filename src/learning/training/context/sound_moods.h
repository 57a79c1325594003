#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mla::training {

// How well the sound of each item goes with the moods of a request. A mood is a few of the moods and audio features
// that `analyze` finds ("calm": calmness, and little energy), each in standard deviations over the items:
//
//   lift(i, mood) = z( mean over what the mood is made of of ± z(value of i) ),  z(x) = (x - mean) / deviation
//
// cut off at ± kMostLift. It is added to the log-odds as it is: a weight of one, like that of tags (mood.h). What moods
// are made of is a choice of ours.
struct SoundMoods {
  static constexpr float kMostLift = 2.5F;

  std::vector<std::string> names;  // ascending
  std::span<const float> lifts;    // items × names; 0 where nobody knows how the item sounds
  std::vector<float> owned;        // what `lifts` shows, unless it is mapped

  // Column of a mood in `lifts`; -1 if sounds say nothing of it.
  int find(std::string_view mood) const;
  float lift(std::size_t item, int column) const {
    return lifts[item * names.size() + static_cast<std::size_t>(column)];
  }
};

// `items`: of each item what was found in its sound, by name (calmness, energy, …), in [0, 1]; empty where that is
// unknown. Nothing if no item is known.
SoundMoods fit_sound_moods(std::span<const std::map<std::string, double>> items);

}  // namespace mla::training
