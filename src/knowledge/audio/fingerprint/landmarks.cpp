#include "knowledge/audio/fingerprint/landmarks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace mla::audio {
namespace {

double tune(const char* name, double fallback) {
  const char* text = std::getenv(name);
  return text ? std::atof(text) : fallback;
}
const float kSteps = static_cast<float>(tune("STEPS", 48));  // steps of pitch an octave
const int kMaxSteps = static_cast<int>(kSteps);
const float kFramesAStep = static_cast<float>(tune("TSTEP", 2));
const int kMaxTime = 63;
const std::size_t kHalfSecond = 22;
const float kEdgeP = static_cast<float>(tune("EDGEP", 0.25));
const float kEdgeT = static_cast<float>(tune("EDGET", 0.25));
const int kMaxDt = static_cast<int>(tune("MAXDT", 100));

// For each peak how many within half a second are louder.
std::vector<std::uint32_t> ranks(std::span<const SpectralPeak> peaks) {
  std::vector<std::uint32_t> rank(peaks.size(), 0);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    while (peaks[begin].frame + kHalfSecond < peaks[i].frame) ++begin;
    for (std::size_t j = begin; j < i; ++j) {
      ++rank[peaks[j].level >= peaks[i].level ? i : j];
    }
  }
  return rank;
}

template <class Take>
void for_each_pair(std::span<const SpectralPeak> peaks, const LandmarkOptions& options, float slack, const Take& take) {
  const std::vector<std::uint32_t> rank = ranks(peaks);
  std::vector<std::uint32_t> targets;
  for (std::uint32_t i = 0; i < peaks.size(); ++i) {
    if (rank[i] >= options.anchors) continue;
    targets.clear();
    for (std::uint32_t j = i + 1; j < peaks.size() && peaks[j].frame <= peaks[i].frame + kMaxDt; ++j) {
      if (rank[j] >= options.targets || peaks[j].frame < peaks[i].frame + 3) continue;
      const float interval = std::abs(peaks[j].octave - peaks[i].octave);
      if (interval > 0.04F - slack && interval < 1.0F) targets.push_back(j);
    }
    const std::size_t kept = std::min(options.fan_out, targets.size());
    std::partial_sort(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(kept), targets.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                        return peaks[a].level != peaks[b].level ? peaks[a].level > peaks[b].level : a < b;
                      });
    for (std::size_t k = 0; k < kept; ++k) take(i, targets[k]);
  }
}

// A pitch or time in steps, and the neighbouring step if the value lies within `edge` of it.
struct Steps {
  Steps(float value, float edge) {
    const float floor = std::floor(value);
    at[0] = static_cast<int>(floor);
    const float part = value - floor;
    if (part < edge) at[count++] = at[0] - 1;
    if (part > 1.0F - edge) at[count++] = at[0] + 1;
  }
  std::array<int, 3> at{};
  int count = 1;
};

// False if the pair is outside what a hash can say.
bool hash_of(int first, int second, int time, std::uint32_t& hash) {
  const int interval = second - first + kMaxSteps;
  if (first < 0 || first > 255 || interval < 0 || interval > 127 || time < 0 || time > kMaxTime) return false;
  hash = static_cast<std::uint32_t>((first << 13) | (interval << 6) | time);
  return true;
}

}  // namespace

std::vector<Landmark> index_landmarks(std::span<const SpectralPeak> peaks) {
  std::vector<Landmark> landmarks;
  LandmarkOptions options;
  options.anchors = static_cast<std::size_t>(tune("IA", 8));
  options.targets = static_cast<std::size_t>(tune("IT", 10));
  options.fan_out = static_cast<std::size_t>(tune("IF", 2));
  for_each_pair(peaks, options, 0, [&](std::uint32_t i, std::uint32_t j) {
    const float time = static_cast<float>(peaks[j].frame - peaks[i].frame) / kFramesAStep;
    Landmark landmark{0, peaks[i].frame};
    if (hash_of(static_cast<int>(peaks[i].octave * kSteps), static_cast<int>(peaks[j].octave * kSteps),
                static_cast<int>(time), landmark.hash)) {
      landmarks.push_back(landmark);
    }
  });
  return landmarks;
}

std::vector<QueryLandmark> query_landmarks(std::span<const SpectralPeak> peaks, double speed) {
  std::vector<QueryLandmark> landmarks;
  LandmarkOptions options;
  options.anchors = static_cast<std::size_t>(tune("QA", 20));
  options.targets = static_cast<std::size_t>(tune("QT", 24));
  options.fan_out = static_cast<std::size_t>(tune("QF", 8));
  const auto up = static_cast<float>(std::log2(speed));
  const auto stretch = static_cast<float>(speed);
  for_each_pair(peaks, options, 0.01F, [&](std::uint32_t i, std::uint32_t j) {
    const Steps first((peaks[i].octave - up) * kSteps, kEdgeP);
    const Steps second((peaks[j].octave - up) * kSteps, kEdgeP);
    const Steps time(static_cast<float>(peaks[j].frame - peaks[i].frame) * stretch / kFramesAStep + tune("TOFF", 0.25), kEdgeT);
    for (int a = 0; a < first.count; ++a) {
      for (int b = 0; b < second.count; ++b) {
        for (int c = 0; c < time.count; ++c) {
          QueryLandmark landmark{0, static_cast<float>(peaks[i].frame) * stretch, i};
          if (hash_of(first.at[a], second.at[b], time.at[c], landmark.hash)) landmarks.push_back(landmark);
        }
      }
    }
  });
  return landmarks;
}

}  // namespace mla::audio
