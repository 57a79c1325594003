#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "knowledge/audio/fingerprint/landmark_index.h"
#include "knowledge/audio/fingerprint/spectral_peaks.h"

namespace mla::audio {

// A recording that a query is part of.
struct Identification {
  std::size_t recording = 0;  // number in the index
  int score = 0;              // peaks of the query that begin pairs which the recording has at that place
  double offset = 0;          // seconds of the recording where the query begins, negative if it begins before
  double speed = 1;           // how much faster than the recording the query was played, in steps of .8 %
};

// A score that no other recording reaches by chance in five seconds (docs/fingerprint.md says on what it was seen).
inline constexpr int kSureScore = 11;

// The same of a query with so many peaks. Agreements by chance are about Poisson: with twice the peaks a score is as
// rare as one a third smaller was, 15 as 11.
int sure_score(std::size_t peaks);

// Looks snippets up. Every speed from −3.2 to +3.2 % is tried unless the recording's own gives a clear answer; a
// look-up reads the rarest landmarks of a query first and a bounded number of places, however large the index is. Holds
// a megabyte of scratch memory: one object a thread.
class Identifier {
 public:
  // The index has to outlive it.
  explicit Identifier(const LandmarkIndex& index);

  // The recordings with at least `least` as score (none: sure_score), the best first, at most `limit`; each once. Peaks
  // are in the order of their frames; a query is some 5 to 12 seconds long.
  std::vector<Identification> identify(std::span<const SpectralPeak> peaks, std::optional<int> least = std::nullopt,
                                       std::size_t limit = 5);

 private:
  struct Hit {
    std::int64_t shift;  // frames from the query's clock to the time line
    std::uint32_t anchor;
    std::uint32_t place;
  };
  void look_up(std::span<const SpectralPeak> peaks, double speed, std::size_t most_places,
               std::vector<Identification>& found);
  void find_winners();
  void collect(std::vector<Identification>& found, double speed);

  const LandmarkIndex* index_;
  std::vector<std::uint8_t> votes_;    // of each slot
  std::vector<std::uint8_t> winners_;  // 1 if what voted for it is to be looked at
  std::vector<Hit> hits_;
};

// What of a longer recording to ask for, as identify wants it: up to three stretches of 12 seconds, from the middle,
// the first and the last quarter; the whole of a short one.
struct QueryStretch {
  std::uint32_t begin = 0;  // frame
  std::vector<SpectralPeak> peaks;
};
std::vector<QueryStretch> query_stretches(std::span<const SpectralPeak> peaks, std::size_t frames);

}  // namespace mla::audio
