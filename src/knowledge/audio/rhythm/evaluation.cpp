#include "knowledge/audio/rhythm/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace mla::audio {

namespace {

constexpr double kTempoTolerance = 0.04;
constexpr double kBeatTolerance = 0.07;  // seconds
constexpr double kTrim = 5.0;            // seconds

bool near(double estimated, double reference) { return std::abs(estimated - reference) <= kTempoTolerance * reference; }

std::vector<double> trimmed(const std::vector<double>& beats) {
  return {std::find_if(beats.begin(), beats.end(), [](double beat) { return beat >= kTrim; }), beats.end()};
}

}  // namespace

bool tempo_accuracy1(double estimated, double reference) { return near(estimated, reference); }

bool tempo_accuracy2(double estimated, double reference) {
  constexpr std::array<double, 5> kFactors = {1.0, 2.0, 3.0, 1.0 / 2.0, 1.0 / 3.0};
  return std::any_of(kFactors.begin(), kFactors.end(), [&](double f) { return near(estimated, f * reference); });
}

double beat_f_measure(const std::vector<double>& estimated, const std::vector<double>& reference) {
  const std::vector<double> ours = trimmed(estimated);
  const std::vector<double> theirs = trimmed(reference);
  if (ours.empty() || theirs.empty()) return 0.0;
  // Windows of equal width on a line: taking the earliest that fits matches as many as can be.
  std::size_t hits = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < ours.size() && j < theirs.size()) {
    if (std::abs(ours[i] - theirs[j]) <= kBeatTolerance) {
      ++hits;
      ++i;
      ++j;
    } else if (ours[i] < theirs[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return 2.0 * static_cast<double>(hits) / static_cast<double>(ours.size() + theirs.size());
}

double key_score(const KeyName& estimated, const KeyName& reference) {
  const int above = (((estimated.tonic - reference.tonic) % 12) + 12) % 12;
  if (estimated.minor == reference.minor) {
    if (above == 0) return 1.0;
    return above == 7 ? 0.5 : 0.0;
  }
  if (above == (reference.minor ? 3 : 9)) return 0.3;
  return above == 0 ? 0.2 : 0.0;
}

}  // namespace mla::audio
