#include "knowledge/audio/audio_features/impl/readings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "knowledge/audio/audio_features/impl/reading_constants.h"

namespace mla::audio::impl {
namespace {

static_assert(kExcerptVersion == kReadingVersion, "learn the readings again: tools/audio_features/train.py");

constexpr std::size_t kColumns = std::size(kReadingMean);
constexpr float kFarthest = 3;  // deviations: an odd column cannot drown the others

using Column = std::array<float, kColumns>;

Column standardised(std::span<const float> excerpt) {
  Column result{};
  std::size_t at = 0;
  for (const std::string_view family : kReadingFamilies) {
    for (const float value : family_columns(excerpt, family)) {
      result[at] = std::clamp((value - kReadingMean[at]) * kReadingScale[at], -kFarthest, kFarthest);
      ++at;
    }
  }
  return result;
}

double read(const Column& column, const float (&weights)[kColumns + 1]) {
  double sum = weights[kColumns];
  for (std::size_t i = 0; i < kColumns; ++i) sum += static_cast<double>(weights[i]) * column[i];
  return 1 / (1 + std::exp(-sum));
}

}  // namespace

std::span<const float> family_columns(std::span<const float> excerpt, std::string_view family) {
  std::size_t begin = 0;
  for (const ExcerptFamily& one : excerpt_families()) {
    if (one.name == family) return excerpt.subspan(begin, one.columns);
    begin += one.columns;
  }
  return {};
}

Readings read_excerpt(std::span<const float> excerpt) {
  const Column column = standardised(excerpt);
  return {.energy = read(column, kEnergy),
          .valence = read(column, kValence),
          .acousticness = read(column, kAcousticness),
          .voice = read(column, kVoice),
          .speechiness = read(column, kSpeechiness),
          .liveness = read(column, kLiveness)};
}

}  // namespace mla::audio::impl
