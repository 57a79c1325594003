#pragma once

#include <array>
#include <cstddef>

#include "knowledge/audio/descriptors/summary.h"

namespace mla::audio {

// Changes whenever layout or constants do; vectors of different versions are not comparable.
inline constexpr int kTrackVectorVersion = 1;
inline constexpr std::size_t kTrackStatistics = 67;
inline constexpr std::size_t kTrackVectorSize = 13;

using TrackVector = std::array<float, kTrackVectorSize>;

// From this product of two track vectors on the tracks may be said to sound alike.
inline constexpr float kSoundsAlike = 0.5F;

// What the vector is made of, in this order: ln(|x| + 1e-6) of mean and deviation of centroid, bandwidth, rolloff,
// flatness, zero-crossing rate, RMS, onset strength; mean and deviation of 7 contrast bands and of 13 MFCC; 13 mean
// changes of MFCC. docs/formats.md names every place.
std::array<float, kTrackStatistics> track_statistics(const DescriptorSummary& summary);

// A track as a point on the unit sphere: the dot product of two is how alike they sound, −1 … 1. Ten principal
// components and three genre discriminants of the standardised statistics; the numbers are those that
// tools/track_vector/train.py learnt. All 0 for a file without frames.
TrackVector track_vector(const DescriptorSummary& summary);

}  // namespace mla::audio
