#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/math/matrix.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "learning/tagging/labels.h"

namespace mla::tagging {

// Clips with their excerpt vectors and what is known of them.
struct TaggingData {
  std::vector<std::string> genres;         // names, in order of the alphabet; empty: genre is not learnt
  std::vector<std::string> moods;          // names of the targets
  std::vector<std::int32_t> family_sizes;  // columns of each family of an excerpt vector
  math::Matrix excerpts;                   // one row an excerpt, those of a clip together
  std::vector<std::size_t> clip_begins;    // first excerpt of each clip, and behind the last: clips + 1
  std::vector<int> genre_of;               // of each clip; empty if genre is not learnt
  std::vector<int> artist_of;              // number of the artist group of each clip
  math::Matrix targets;                    // clips × moods

  std::size_t clips() const { return artist_of.size(); }
  math::ConstMatrixView excerpts_of(std::size_t clip) const {
    return excerpts.view().slice(clip_begins[clip], clip_begins[clip + 1]);
  }
  // Of everything learnt from: 16 hexadecimal digits.
  std::string fingerprint() const;
  // The same of some clips, in the order given; names stay.
  TaggingData part(const std::vector<std::size_t>& clips) const;
};

// Labels with the excerpts of their tracks, in their order. REQUIRES: each track has at least one. `data.genres` are
// those of the labels, or `genres` if that is not empty (a model's: kInvalidArgument names a genre that is not among
// them). Tracks without artist groups count as one artist each.
base::Result<TaggingData> make_data(const Labels& labels, const std::vector<audio::ExcerptVectors>& excerpts,
                                    const std::vector<std::string>& genres = {});

}  // namespace mla::tagging
