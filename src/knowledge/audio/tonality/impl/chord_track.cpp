#include "knowledge/audio/tonality/impl/chord_track.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace mla::audio::tonality {

namespace {

constexpr std::size_t kTriads = 24;  // major on each class, then minor
constexpr std::size_t kNone = kTriads;
constexpr std::size_t kStates = kTriads + 1;
constexpr double kBassWeight = 0.35;
constexpr double kChangeCost = 1.6;
constexpr double kBeatDiscount = 0.8;
constexpr double kNoneScore = 0.35;
constexpr std::uint8_t kAudible = 80;  // −87 dB

using Classes = std::array<double, PitchEnvelope::kClasses>;

void normalise(Classes& classes) {
  double square = 0.0;
  for (const double c : classes) square += c * c;
  if (square > 0.0)
    for (double& c : classes) c /= std::sqrt(square);
}

// Cosine with the triad's template, plus how much its root leads the bass.
std::array<double, kStates> scores(const PitchEnvelope::Row& row) {
  std::array<double, kStates> result{};
  result[kNone] = kNoneScore;
  if (row.level < kAudible) {
    result[kNone] = 2.0;
    return result;
  }
  Classes treble{};
  Classes bass{};
  for (std::size_t c = 0; c < treble.size(); ++c) {
    // Square roots: a loud melody note must not drown the chord under it.
    treble[c] = std::sqrt(row.treble[c] / 255.0);
    bass[c] = row.bass[c] / 255.0;
  }
  normalise(treble);
  normalise(bass);
  for (std::size_t root = 0; root < 12; ++root) {
    const double fifth = treble[(root + 7) % 12];
    const double outer = treble[root] + fifth;
    const double low = kBassWeight * (bass[root] + (0.3 * bass[(root + 7) % 12]));
    result[root] = ((outer + treble[(root + 4) % 12]) / std::sqrt(3.0)) + low;
    result[12 + root] = ((outer + treble[(root + 3) % 12]) / std::sqrt(3.0)) + low;
  }
  return result;
}

}  // namespace

std::vector<Chord> track_chords(const PitchEnvelope& pitches, const std::vector<double>& beats) {
  const auto& rows = pitches.rows();
  std::vector<double> change(rows.size(), kChangeCost);
  for (const double beat : beats) {
    const auto row = static_cast<std::size_t>(std::max(0.0, std::round(beat * PitchEnvelope::kRowRate)));
    if (row < change.size()) change[row] = kChangeCost - kBeatDiscount;
  }
  std::array<double, kStates> best{};
  std::vector<std::array<std::uint8_t, kStates>> from(rows.size());
  for (std::size_t t = 0; t < rows.size(); ++t) {
    const auto fit = scores(rows[t]);
    const auto top = static_cast<std::uint8_t>(std::max_element(best.begin(), best.end()) - best.begin());
    const double switched = best[top] - change[t];
    for (std::size_t s = 0; s < kStates; ++s) {
      from[t][s] = best[s] >= switched ? static_cast<std::uint8_t>(s) : top;
      best[s] = std::max(best[s], switched) + fit[s];
    }
    // from[][] of `top` itself stays; differences alone matter, so keep numbers small.
    const double least = *std::min_element(best.begin(), best.end());
    for (double& b : best) b -= least;
  }
  std::vector<Chord> chords;
  auto state = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
  for (std::size_t t = rows.size(); t-- > 0;) {
    const int root = state == kNone ? -1 : static_cast<int>(state % 12);
    const bool minor = state != kNone && state >= 12;
    const double start = static_cast<double>(t) / PitchEnvelope::kRowRate;
    if (chords.empty() || chords.back().root != root || chords.back().minor != minor)
      chords.push_back({start, static_cast<double>(t + 1) / PitchEnvelope::kRowRate, root, minor});
    chords.back().start = start;
    state = from[t][state];
  }
  std::reverse(chords.begin(), chords.end());
  return chords;
}

}  // namespace mla::audio::tonality
