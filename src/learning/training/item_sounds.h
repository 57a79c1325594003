#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "learning/training/dataset.h"

namespace mla::training {

// What an item sounds like, from an analysis of its file.
struct ItemSound {
  std::string item;                     // id
  std::vector<float> vector;            // length 1 (audio::TrackVector); empty of silence
  std::map<std::string, double> moods;  // moods and audio features by name, in [0, 1] (context/sound_moods.h)
};

// Gives the items of the dataset their sounds; ids that it does not have are passed over.
// kInvalidArgument if vectors differ in size.
base::Status add_sounds(std::span<const ItemSound> sounds, Dataset& dataset);

// How many have a vector.
std::size_t items_with_sound(const Dataset& dataset);

}  // namespace mla::training
