#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "knowledge/audio/fingerprint/spectral_peaks.h"

namespace mla::audio {

// Two spectral peaks as one number, and when the first was: what an index of recordings is made of.
struct Landmark {
  std::uint32_t hash = 0;   // below 2^kLandmarkBits
  std::uint32_t frame = 0;  // of SpectralPeaks::kFrameSeconds
};
inline constexpr int kLandmarkBits = 21;

// What goes into an index: few and strong, about 19 a second, in the order of their frames.
// Pairs are .07 to 2.3 s and up to an octave apart, and never of one pitch, as repeated notes would make.
std::vector<Landmark> index_landmarks(std::span<const SpectralPeak> peaks);

// A landmark to look up: where the query has it.
struct QueryLandmark {
  std::uint32_t hash = 0;
  float frame = 0;           // of the recording's own clock
  std::uint32_t anchor = 0;  // number of its first peak, to count anchors instead of pairs
};

// What a query is looked up by: many more pairs than an index holds of the same seconds, each with the neighbouring
// hashes where a quantity lies near the edge of its step. `speed` is how much faster than the recording the query was
// played, pitch and tempo alike; frames are those of the recording.
std::vector<QueryLandmark> query_landmarks(std::span<const SpectralPeak> peaks, double speed);

}  // namespace mla::audio
