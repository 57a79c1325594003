#include "knowledge/audio/fingerprint/landmarks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace mla::audio {
namespace {

// Of a hash: 8 bits the pitch of the first peak, 7 the interval, 6 the time between them.
constexpr float kStepsAnOctave = 48;  // steps of pitch, 1.45 % each
constexpr int kFirstSteps = 256;
constexpr int kIntervals = 128;
constexpr float kFramesAStep = 2;  // steps of time, 46 ms
constexpr int kTimes = 64;
static_assert(kFirstSteps * kIntervals * kTimes == 1 << kLandmarkBits);

constexpr std::uint32_t kHalfSecond = 22;  // frames
constexpr std::uint32_t kNearest = 3;      // frames between two peaks
constexpr std::uint32_t kFarthest = 100;
constexpr float kSmallestInterval = 0.04F;  // octaves, about half a semitone
constexpr float kLargestInterval = 1.0F;
constexpr float kEdge = 0.25F;  // of a step: a query value so near its end is looked up in the next step too

// Which peaks and pairs make landmarks.
struct Density {
  std::uint32_t anchors;  // peaks a second that begin pairs: those of the highest levels within half a second
  std::uint32_t targets;  // peaks a second that end them
  std::size_t fan_out;    // pairs of one anchor at most: those with the targets of the highest levels
};
constexpr Density kIndexDensity = {10, 12, 2};
constexpr Density kQueryDensity = {24, 28, 9};

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

// Calls take(anchor, target) for the pairs of peaks; `slack` widens the intervals, in octaves.
template <class Take>
void for_each_pair(std::span<const SpectralPeak> peaks, const Density& density, float slack, const Take& take) {
  const std::vector<std::uint32_t> rank = ranks(peaks);
  std::vector<std::uint32_t> targets;
  for (std::uint32_t i = 0; i < peaks.size(); ++i) {
    if (rank[i] >= density.anchors) continue;
    targets.clear();
    for (std::uint32_t j = i + 1; j < peaks.size() && peaks[j].frame <= peaks[i].frame + kFarthest; ++j) {
      if (rank[j] >= density.targets || peaks[j].frame < peaks[i].frame + kNearest) continue;
      const float interval = std::abs(peaks[j].octave - peaks[i].octave);
      if (interval > kSmallestInterval - slack && interval < kLargestInterval + slack) targets.push_back(j);
    }
    const std::size_t kept = std::min(density.fan_out, targets.size());
    std::partial_sort(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(kept), targets.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                        return peaks[a].level != peaks[b].level ? peaks[a].level > peaks[b].level : a < b;
                      });
    for (std::size_t k = 0; k < kept; ++k) take(i, targets[k]);
  }
}

// A pitch or time in steps, and the neighbouring step if the value lies within `edge` of it.
class Steps {
 public:
  Steps(float value, float edge) {
    const float floor = std::floor(value);
    at_[0] = static_cast<int>(floor);
    if (value - floor < edge) at_[count_++] = at_[0] - 1;
    if (value - floor > 1.0F - edge) at_[count_++] = at_[0] + 1;
  }
  std::span<const int> all() const { return {at_.data(), count_}; }

 private:
  std::array<int, 3> at_{};
  std::size_t count_ = 1;
};

// The hash of a pair in steps; nothing if it cannot say them.
std::optional<std::uint32_t> hash_of(int first, int second, int time) {
  const int interval = second - first + kIntervals / 2;
  if (first < 0 || first >= kFirstSteps || interval < 0 || interval >= kIntervals || time < 0 || time >= kTimes) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>((first * kIntervals + interval) * kTimes + time);
}

}  // namespace

std::vector<Landmark> index_landmarks(std::span<const SpectralPeak> peaks) {
  std::vector<Landmark> landmarks;
  for_each_pair(peaks, kIndexDensity, 0.0F, [&](std::uint32_t i, std::uint32_t j) {
    const float time = static_cast<float>(peaks[j].frame - peaks[i].frame) / kFramesAStep;
    const auto hash = hash_of(static_cast<int>(peaks[i].octave * kStepsAnOctave),
                              static_cast<int>(peaks[j].octave * kStepsAnOctave), static_cast<int>(time));
    if (hash) landmarks.push_back({*hash, peaks[i].frame});
  });
  return landmarks;
}

std::vector<QueryLandmark> query_landmarks(std::span<const SpectralPeak> peaks, double speed) {
  constexpr float kSlack = 0.01F;
  // Frames between two peaks are whole numbers, of which an even and the odd one above it share a step: in the middle.
  constexpr float kMiddle = 0.25F;
  std::vector<QueryLandmark> landmarks;
  const auto up = static_cast<float>(std::log2(speed));
  const auto stretch = static_cast<float>(speed);
  for_each_pair(peaks, kQueryDensity, kSlack, [&](std::uint32_t i, std::uint32_t j) {
    const Steps first((peaks[i].octave - up) * kStepsAnOctave, kEdge);
    const Steps second((peaks[j].octave - up) * kStepsAnOctave, kEdge);
    const float frames = static_cast<float>(peaks[j].frame - peaks[i].frame) * stretch;
    const Steps time(frames / kFramesAStep + kMiddle, kEdge);
    const float frame = static_cast<float>(peaks[i].frame) * stretch;
    for (const int a : first.all()) {
      for (const int b : second.all()) {
        for (const int c : time.all()) {
          if (const auto hash = hash_of(a, b, c)) landmarks.push_back({*hash, frame, i});
        }
      }
    }
  });
  return landmarks;
}

}  // namespace mla::audio
