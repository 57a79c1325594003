#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/math/csr.h"
#include "foundation/math/matrix.h"

namespace mla::models {

// What a recommender learns from. Users and items are dense indices; the caller keeps the ids.
struct TrainingData {
  // users × items, one entry a pair that counts as liked; value = implicit weight > 0 (plays, or 1).
  math::CsrMatrix interactions;
  // Last time of each entry of `interactions`, in its order; 0 = unknown. Empty if nothing is timed.
  std::vector<base::UnixMillis> times;
  // items × tags with weights > 0 (zero columns if there are no tags); columns are named by tag_names.
  math::CsrMatrix item_tags;
  std::vector<std::string> tag_names;
  // items: index of the item's artist, -1 = unknown. Empty if no item has one.
  std::vector<std::int32_t> item_artists;
  // items × dims: what each item sounds like, as a vector of length 1 whose products say how alike two sound
  // (audio::TrackVector); a row of zeros where nobody knows. No rows if no item has one.
  math::Matrix item_sounds;

  std::int32_t users() const { return interactions.rows; }
  std::int32_t items() const { return interactions.cols; }
};

}  // namespace mla::models
