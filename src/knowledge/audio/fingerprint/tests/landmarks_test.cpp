#include "knowledge/audio/fingerprint/landmarks.h"

#include <cmath>
#include <numbers>
#include <set>

#include "knowledge/audio/fingerprint/tests/recordings.h"

namespace mla::audio {
namespace {

std::vector<SpectralPeak> peaks_of(const std::vector<float>& samples) {
  SpectralPeaks peaks;
  Stft stft({}, {&peaks});
  stft.push(samples);
  stft.finish();
  return peaks.peaks();
}

// Tone bursts of .1 s at these (second, hertz), on silence.
std::vector<float> bursts(const std::vector<std::pair<double, double>>& notes, double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(22050 * seconds));
  for (const auto& [at, hertz] : notes) {
    for (int n = 0; n < 2205; ++n) {
      const double shape = std::pow(std::sin(std::numbers::pi * n / 2205), 2);
      samples[static_cast<std::size_t>(22050 * at) + static_cast<std::size_t>(n)] +=
          static_cast<float>(.3 * shape * std::sin(2 * std::numbers::pi * hertz * n / 22050));
    }
  }
  return samples;
}

TEST(SpectralPeaks, AreWhereToneBurstsAre) {
  const std::vector<std::pair<double, double>> notes = {{.5, 440}, {1.0, 1234.5}, {1.5, 3000}};
  const auto peaks = peaks_of(bursts(notes, 2));
  ASSERT_EQ(peaks.size(), notes.size());
  for (std::size_t i = 0; i < notes.size(); ++i) {
    EXPECT_NEAR(peaks[i].frame * SpectralPeaks::kFrameSeconds, notes[i].first + .05, .025);
    EXPECT_NEAR(peaks[i].octave, std::log2(notes[i].second / 200), .004);
  }
}

TEST(SpectralPeaks, DoNotDependOnVolumeOrPieces) {
  base::Random draw(1);
  std::vector<float> noise(22050 * 3);
  for (float& sample : noise) sample = static_cast<float>(.1 * draw.normal());
  const auto loud = peaks_of(noise);
  EXPECT_GT(loud.size(), 60U);
  EXPECT_LT(loud.size(), 240U);
  SpectralPeaks pieces;
  Stft stft({}, {&pieces});
  for (float& sample : noise) sample *= .125F;
  for (std::size_t i = 0; i < noise.size(); i += 1000) {
    stft.push(std::span(noise).subspan(i, std::min<std::size_t>(1000, noise.size() - i)));
  }
  stft.finish();
  ASSERT_EQ(pieces.peaks().size(), loud.size());
  for (std::size_t i = 0; i < loud.size(); ++i) {
    EXPECT_EQ(pieces.peaks()[i].frame, loud[i].frame);
    EXPECT_NEAR(pieces.peaks()[i].octave, loud[i].octave, 1e-4);
    EXPECT_NEAR(pieces.peaks()[i].level, loud[i].level - 6, 1e-3);
  }
}

TEST(SpectralPeaks, SilenceHasNone) {
  EXPECT_TRUE(peaks_of(std::vector<float>(22050)).empty());
  EXPECT_TRUE(peaks_of({}).empty());
  EXPECT_LT(peaks_of(std::vector<float>(100, .5F)).size(), 60U) << "one click";
}

TEST(Landmarks, AreFewInAnIndexAndAllAmongThoseOfAQuery) {
  const auto peaks = testing::made_peaks(5, 1300);
  const auto index = index_landmarks(peaks);
  EXPECT_GT(index.size(), 30U * 10);
  EXPECT_LT(index.size(), 30U * 20);
  std::set<std::pair<std::uint32_t, int>> asked;
  for (const QueryLandmark& landmark : query_landmarks(peaks, 1)) {
    asked.emplace(landmark.hash, static_cast<int>(landmark.frame));
    EXPECT_LT(landmark.hash, 1U << kLandmarkBits);
  }
  std::size_t found = 0;
  for (const Landmark& landmark : index) found += asked.count({landmark.hash, static_cast<int>(landmark.frame)});
  EXPECT_EQ(found, index.size());
}

TEST(Landmarks, OfAFasterQueryAreThoseOfTheRecording) {
  const auto peaks = testing::made_peaks(6, 1300);
  std::set<std::uint32_t> known;
  for (const Landmark& landmark : index_landmarks(peaks)) known.insert(landmark.hash);
  std::vector<SpectralPeak> faster = peaks;
  for (SpectralPeak& peak : faster) {
    peak.frame = static_cast<std::uint32_t>(std::lround(peak.frame / 1.024));
    peak.octave += static_cast<float>(std::log2(1.024));
  }
  const auto shared = [&](double speed) {
    std::set<std::uint32_t> common;
    for (const QueryLandmark& landmark : query_landmarks(faster, speed)) {
      if (known.count(landmark.hash) != 0) common.insert(landmark.hash);
    }
    return static_cast<double>(common.size()) / static_cast<double>(known.size());
  };
  EXPECT_GT(shared(1.024), .6);
  EXPECT_LT(shared(1), .2);
}

}  // namespace
}  // namespace mla::audio
