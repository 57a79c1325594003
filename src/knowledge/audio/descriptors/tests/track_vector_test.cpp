#include "knowledge/audio/descriptors/track_vector.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::audio {
namespace {

DescriptorSummary summary_of(double tone_hz, double tone, double noise, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<float> samples(22050);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * tone_hz * static_cast<double>(i) / 22050;
    samples[i] = static_cast<float>(tone * std::sin(phase) + noise * random.normal());
  }
  Summary summary({});
  Stft stft({}, {&summary});
  stft.push(samples);
  stft.finish();
  return summary.result();
}

float likeness(const TrackVector& a, const TrackVector& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(TrackVectorTest, AlikeSoundsAreNearUnlikeOnesFar) {
  const TrackVector tone = track_vector(summary_of(440, 0.3, 0.001, 1));
  const TrackVector again = track_vector(summary_of(460, 0.3, 0.001, 2));
  const TrackVector noise = track_vector(summary_of(440, 0, 0.2, 3));
  EXPECT_NEAR(likeness(tone, tone), 1, 1e-5);
  EXPECT_GT(likeness(tone, again), 0.9);
  EXPECT_LT(likeness(tone, noise), likeness(tone, again) - 0.3f);
}

TEST(TrackVectorTest, EveryStatisticHasItsPlace) {
  DescriptorSummary summary;
  summary.frames = 1;
  summary.spectral_centroid = {std::exp(2.0), 1};
  summary.spectral_contrast[0] = {20, 21};
  summary.mfcc[12] = {30, 31};
  summary.mfcc_change[12] = 40;
  const auto statistics = track_statistics(summary);
  EXPECT_NEAR(statistics[0], 2, 1e-5);
  EXPECT_EQ(statistics[14], 20);
  EXPECT_EQ(statistics[15], 21);
  EXPECT_EQ(statistics[52], 30);
  EXPECT_EQ(statistics[53], 31);
  EXPECT_EQ(statistics[66], 40);
}

TEST(TrackVectorTest, WithoutFramesItIsZero) {
  for (const float value : track_vector({})) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace mla::audio
