#include "knowledge/audio/descriptors/track_vector.h"

#include <cmath>
#include <iterator>

#include "knowledge/audio/descriptors/impl/track_vector_constants.h"

namespace mla::audio {
namespace {

using impl::kMap;
using impl::kMean;
using impl::kScale;

static_assert(std::size(kMean) == kTrackStatistics && std::size(kScale) == kTrackStatistics);
static_assert(std::size(kMap) == kTrackStatistics * kTrackVectorSize);

}  // namespace

std::array<float, kTrackStatistics> track_statistics(const DescriptorSummary& summary) {
  std::array<float, kTrackStatistics> out{};
  std::size_t at = 0;
  const auto logarithm = [](double value) { return static_cast<float>(std::log(std::fabs(value) + 1e-6)); };
  for (const Spread* spread :
       {&summary.spectral_centroid, &summary.spectral_bandwidth, &summary.spectral_rolloff, &summary.spectral_flatness,
        &summary.zero_crossing_rate, &summary.rms, &summary.onset_strength}) {
    out[at++] = logarithm(spread->mean);
    out[at++] = logarithm(spread->deviation);
  }
  const auto add = [&](const Spread& spread) {
    out[at++] = static_cast<float>(spread.mean);
    out[at++] = static_cast<float>(spread.deviation);
  };
  for (const Spread& band : summary.spectral_contrast) add(band);
  for (const Spread& row : summary.mfcc) add(row);
  for (const double change : summary.mfcc_change) out[at++] = static_cast<float>(change);
  return out;
}

TrackVector track_vector(const DescriptorSummary& summary) {
  TrackVector vector{};
  if (summary.frames == 0) return vector;
  std::array<float, kTrackStatistics> statistics = track_statistics(summary);
  for (std::size_t i = 0; i < kTrackStatistics; ++i) statistics[i] = (statistics[i] - kMean[i]) * kScale[i];
  float squares = 0;
  for (std::size_t row = 0; row < kTrackVectorSize; ++row) {
    for (std::size_t i = 0; i < kTrackStatistics; ++i) vector[row] += kMap[row * kTrackStatistics + i] * statistics[i];
    squares += vector[row] * vector[row];
  }
  if (squares > 0) {
    for (float& value : vector) value /= std::sqrt(squares);
  }
  return vector;
}

}  // namespace mla::audio
