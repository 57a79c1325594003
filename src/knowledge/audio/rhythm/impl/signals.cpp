#include "knowledge/audio/rhythm/impl/signals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace mla::audio::rhythm {

namespace {

constexpr std::size_t kAround = 22;  // half a second: what counts as the level around a frame
constexpr std::size_t kRowsAside = 5;

// Calls `take(frame, value)` with what of `rise(frame)` is above the mean of the second around it, or 0.
template <class Rise, class Take>
void above_surroundings(std::size_t n, const Rise& rise, const Take& take) {
  // Sums of what comes before a frame, of the last frames alone.
  std::array<double, 64> sums{};
  static_assert(sums.size() > (2 * kAround) + 1);
  std::size_t summed = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i < kAround ? 0 : i - kAround;
    const std::size_t to = std::min(n, i + kAround + 1);
    for (; summed < to; ++summed) sums[(summed + 1) % sums.size()] = sums[summed % sums.size()] + rise(summed);
    const double around = sums[to % sums.size()] - sums[from % sums.size()];
    take(i, static_cast<float>(std::max(0.0, rise(i) - (around / static_cast<double>(to - from)))));
  }
}

// That over its deviation. Made twice, once to know deviation and maximum, so that nothing but the result is kept.
template <class Rise>
Signal salient(std::size_t n, const Rise& rise) {
  double square = 0.0;
  float most = 0.0F;
  above_surroundings(n, rise, [&](std::size_t, float value) {
    square += static_cast<double>(value) * value;
    most = std::max(most, value);
  });
  if (most <= 0.0F) return {n, 0.0F};
  const auto deviation = static_cast<float>(std::sqrt(square / static_cast<double>(n)));
  Signal result(n, most / deviation);
  above_surroundings(n, rise, [&](std::size_t frame, float value) { result.set(frame, value / deviation); });
  return result;
}

using Classes = std::array<std::int32_t, 2 * PitchEnvelope::kClasses>;  // treble, then bass

// Adds `sign` times a row that is loud enough to hear.
void add(Classes& sums, const PitchEnvelope::Row& row, std::int32_t sign) {
  if (row.level <= 80) return;
  for (std::size_t c = 0; c < PitchEnvelope::kClasses; ++c) {
    sums[c] += sign * row.treble[c];
    sums[PitchEnvelope::kClasses + c] += sign * row.bass[c];
  }
}

double difference(const Classes& a, const Classes& b) {
  double product = 0.0;
  double aa = 1e-9;
  double bb = 1e-9;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return 1.0 - (product / std::sqrt(aa * bb));
}

// By border of rows: at i, which is heard around frame 4 i − 1/2, how rows i and on differ from those before. 0 at both
// ends.
std::vector<float> harmonic_change(const PitchEnvelope& pitches) {
  const auto& rows = pitches.rows();
  std::vector<float> change(rows.size() + 1, 0.0F);
  // The sums of the rows aside move along.
  Classes before{};
  Classes after{};
  for (std::size_t i = 0; i < std::min(kRowsAside, rows.size()); ++i) add(after, rows[i], 1);
  for (std::size_t i = 0; i + 2 <= rows.size(); ++i) {
    if (i >= 2) change[i] = static_cast<float>(difference(before, after));
    add(before, rows[i], 1);
    add(after, rows[i], -1);
    if (i >= kRowsAside) add(before, rows[i - kRowsAside], -1);
    if (i + kRowsAside < rows.size()) add(after, rows[i + kRowsAside], 1);
  }
  return change;
}

// Between borders by a straight line.
float at_frame(const std::vector<float>& change, std::size_t frame) {
  const double at = (static_cast<double>(frame) + 0.5) / PitchEnvelope::kFramesPerRow;
  const auto row = static_cast<std::size_t>(at);
  if (row + 1 >= change.size()) return 0.0F;
  const auto part = static_cast<float>(at - static_cast<double>(row));
  return (change[row] * (1.0F - part)) + (change[row + 1] * part);
}

}  // namespace

Signal::Signal(const std::vector<float>& values)
    : Signal(values.size(), values.empty() ? 0.0F : *std::max_element(values.begin(), values.end())) {
  for (std::size_t i = 0; i < values.size(); ++i) set(i, values[i]);
}

void Signal::set(std::size_t frame, float value) {
  if (step_ > 0.0F) levels_[frame] = static_cast<std::uint16_t>(std::lround(std::min(value / step_, kSteps)));
}

Signals make_signals(const OnsetEnvelope& onsets, const PitchEnvelope& pitches) {
  const std::size_t n = onsets.frames();
  const std::vector<float> change = harmonic_change(pitches);
  Signals result;
  result.onset = salient(n, [&](std::size_t frame) {
    float sum = 0.0F;
    for (std::size_t range = 0; range < OnsetEnvelope::kRanges; ++range) sum += onsets.rise(frame, range);
    return sum;
  });
  result.bass = salient(n, [&](std::size_t frame) { return static_cast<float>(onsets.rise(frame, 0)); });
  result.harmony = salient(n, [&](std::size_t frame) { return at_frame(change, frame); });
  return result;
}

}  // namespace mla::audio::rhythm
