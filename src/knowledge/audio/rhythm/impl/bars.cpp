#include "knowledge/audio/rhythm/impl/bars.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "knowledge/audio/rhythm/impl/beat_track.h"

namespace mla::audio::rhythm {

namespace {

constexpr double kCutCost = 4.0;  // of a downbeat where none is due
constexpr double kHarmonyWeight = 1.0;
constexpr double kBassWeight = 0.6;
constexpr double kOnsetWeight = 0.3;
// Most music is in four, and longer bars follow chance more easily: others have to win clearly.
struct Metre {
  std::size_t beats;
  double must_win_by;
};
constexpr std::array kOtherMetres = {Metre{3, 1.15}, Metre{5, 1.3}, Metre{7, 1.3}};
constexpr double kLeastEvidence = 0.12;  // a beat

std::vector<double> standardised(const Signal& signal, const std::vector<double>& beats) {
  std::vector<double> values;
  double sum = 0.0;
  double square = 0.0;
  for (const double beat : beats) {
    values.push_back(strength(signal, beat));
    sum += values.back();
    square += values.back() * values.back();
  }
  const double n = static_cast<double>(std::max<std::size_t>(1, beats.size()));
  const double mean = sum / n;
  // Differences of a tenth are no accents.
  const double deviation = std::max(std::sqrt(std::max(1e-6, (square / n) - (mean * mean))), 0.1 * mean);
  for (double& value : values) value = std::clamp((value - mean) / deviation, -2.0, 2.0);
  return values;
}

struct Path {
  std::vector<std::size_t> downbeats;
  double score = 0.0;
};

// Downbeats score their evidence, other beats lose a share of it, so that the sum is comparable between metres.
Path best_path(const std::vector<double>& evidence, std::size_t metre) {
  const std::size_t n = evidence.size();
  const double other = -1.0 / static_cast<double>(metre - 1);
  std::vector<double> best(metre, 0.0);
  std::vector<std::uint8_t> from(n * metre, 0);
  for (std::size_t t = 0; t < n; ++t) {
    std::vector<double> next(metre);
    for (std::size_t place = 0; place < metre; ++place) {
      auto before = (place + metre - 1) % metre;
      double top = best[before];
      if (place == 0) {
        for (std::size_t p = 0; p + 1 < metre; ++p) {
          if (best[p] - kCutCost > top) {
            top = best[p] - kCutCost;
            before = p;
          }
        }
      }
      from[(t * metre) + place] = static_cast<std::uint8_t>(before);
      next[place] = top + (evidence[t] * (place == 0 ? 1.0 : other));
    }
    best.swap(next);
  }
  Path path;
  auto place = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
  path.score = best[place];
  for (std::size_t t = n; t-- > 0;) {
    if (place == 0) path.downbeats.push_back(t);
    place = from[(t * metre) + place];
  }
  std::reverse(path.downbeats.begin(), path.downbeats.end());
  return path;
}

}  // namespace

Bars find_bars(const Signals& signals, const std::vector<double>& beats) {
  const auto harmony = standardised(signals.harmony, beats);
  const auto bass = standardised(signals.bass, beats);
  const auto onset = standardised(signals.onset, beats);
  std::vector<double> evidence(beats.size());
  for (std::size_t i = 0; i < beats.size(); ++i)
    evidence[i] = (kHarmonyWeight * harmony[i]) + (kBassWeight * bass[i]) + (kOnsetWeight * onset[i]);
  Path best = best_path(evidence, 4);
  int metre = 4;
  double most = best.score;
  for (const Metre& other : kOtherMetres) {
    Path path = best_path(evidence, other.beats);
    most = std::max(most, path.score);
    if (path.score <= best.score * other.must_win_by) continue;
    best = std::move(path);
    metre = static_cast<int>(other.beats);
  }
  if (most <= kLeastEvidence * static_cast<double>(beats.size())) return {};
  return {std::move(best.downbeats), metre};
}

}  // namespace mla::audio::rhythm
