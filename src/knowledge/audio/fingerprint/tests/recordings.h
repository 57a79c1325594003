#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "knowledge/audio/fingerprint/landmark_index.h"

// Recordings that are nothing but peaks, for tests.
namespace mla::audio::testing {

inline bool by_time(const SpectralPeak& a, const SpectralPeak& b) {
  return a.frame != b.frame ? a.frame < b.frame : a.octave < b.octave;
}

// About 45 peaks a second, their pitches in `octaves` above 200 Hz.
inline std::vector<SpectralPeak> made_peaks(std::uint64_t seed, std::uint32_t frames, double octaves = 4.5) {
  base::Random draw(seed);
  std::vector<SpectralPeak> peaks(frames);
  for (SpectralPeak& peak : peaks) {
    peak = {static_cast<std::uint32_t>(draw.below(frames)), static_cast<float>(octaves * draw.uniform()),
            static_cast<float>(3 * draw.normal())};
  }
  std::sort(peaks.begin(), peaks.end(), by_time);
  return peaks;
}

inline IndexedRecording made_recording(std::uint64_t seed, std::uint32_t frames) {
  return {"/music/" + std::to_string(seed) + ".flac", 1000 + seed, static_cast<std::int64_t>(seed), frames,
          index_landmarks(made_peaks(seed, frames))};
}

inline std::vector<IndexedRecording> made_recordings(std::size_t count, std::uint32_t frames) {
  std::vector<IndexedRecording> all;
  for (std::size_t seed = 0; seed < count; ++seed) all.push_back(made_recording(seed, frames));
  return all;
}

// A file of one test, removed with it.
class IndexFile {
 public:
  IndexFile()
      : path_(std::filesystem::path(::testing::TempDir()) /
              ("mla_index_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~IndexFile() { std::filesystem::remove(path_); }
  IndexFile(const IndexFile&) = delete;
  IndexFile& operator=(const IndexFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  LandmarkIndex with(const std::vector<IndexedRecording>& recordings) const {
    write_landmark_index(path_, recordings).value();
    return LandmarkIndex::open(path_).value();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace mla::audio::testing
