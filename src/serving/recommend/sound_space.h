#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/math/matrix.h"
#include "foundation/math/top_k.h"

namespace mla::recommend {

// Tracks as points on the unit sphere, by what they sound like: what is near and what leads from one to another.
// Immutable, thread-safe.
class SoundSpace {
 public:
  struct Track {
    base::ItemId id;
    std::string artist;  // empty: unknown
    std::string song;    // song_key; empty: unknown
  };

  // REQUIRES: vectors has a row of length 1 for each track; ids ascend.
  SoundSpace(std::vector<Track> tracks, math::Matrix vectors);

  std::size_t size() const { return tracks_.size(); }
  const Track& track(std::size_t index) const { return tracks_[index]; }
  std::optional<std::size_t> find(const base::ItemId& id) const;
  // Cosine of two tracks.
  float alike(std::size_t a, std::size_t b) const;

  // Tracks by falling cosine with `vector` (of length 1), at most `limit`: at most `per_artist` of one artist, one
  // version of a song. The score is the cosine.
  std::vector<math::Scored> nearest(std::span<const float> vector, std::size_t limit, int per_artist) const;

  // `count` tracks from `from` to `to`, both included, each once, so that the sum of squared steps is small:
  //   minimise Σ |v_{k+1} − v_k|²
  // It begins with the ends and puts into the largest step the track nearest to its middle, until there are enough.
  // Then in turn each gives way to the free one that is nearest to the middle between its neighbours, which is the one
  // that lowers the sum most (for given neighbours a and b, |x − a|² + |b − x|² = 2 |x − (a + b)/2|² + const), and
  // stretches are turned round where that lowers it (2-opt; Croes, 1958), until nothing does. No two neighbours have
  // one artist, at most `per_artist` tracks do in all, and no song comes in two versions, the ends excepted; where that
  // leaves too few tracks, the path is shorter. REQUIRES: from != to, count >= 2.
  std::vector<std::size_t> path(std::size_t from, std::size_t to, std::size_t count, int per_artist) const;

 private:
  std::vector<Track> tracks_;
  math::Matrix vectors_;
};

}  // namespace mla::recommend
