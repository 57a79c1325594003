#include "knowledge/audio/descriptors/summary.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "knowledge/audio/descriptors/feature.h"
#include "knowledge/audio/descriptors/moments.h"

namespace mla::audio {
namespace {

// Small frames at a low rate, so that more than the six minutes that are kept pass quickly.
constexpr StftOptions kSmall{.sample_rate = 4000, .n_fft = 256, .hop_length = 256};
constexpr std::size_t kMinute = 60 * 4000;

// Noise over a chord whose A is `cents` away from 440 Hz.
std::vector<float> chord(std::size_t samples, double cents, float level) {
  base::Random random(5);
  std::vector<float> out(samples);
  const double a = 440 * std::exp2(cents / 1200);
  for (std::size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / kSmall.sample_rate;
    double sum = 0.02 * random.normal();
    for (const double ratio : {1.0, std::exp2(4 / 12.0), std::exp2(7 / 12.0)}) {
      sum += std::sin(2 * std::numbers::pi * a * ratio * t);
    }
    out[i] = static_cast<float>(level * sum / 3);
  }
  return out;
}

DescriptorSummary summary_of(std::span<const float> samples) {
  Summary summary(kSmall);
  Stft stft(kSmall, {&summary});
  stft.push(samples);
  stft.finish();
  return summary.result();
}

// Means and deviations of a feature that was made with all references known.
Moments exact(std::span<const float> samples, std::string_view name) {
  FeatureOptions options;
  options.stft = kSmall;
  const auto matrix = extract(samples, name, options);
  EXPECT_TRUE(matrix.ok());
  Moments moments(matrix->rows);
  for (std::size_t f = 0; f < matrix->frames; ++f) {
    moments.add(std::span(matrix->values).subspan(f * matrix->rows, matrix->rows));
  }
  return moments;
}

void expect_exact(const DescriptorSummary& summary, std::span<const float> samples) {
  const Moments mfcc = exact(samples, "mfcc");
  const Moments chroma = exact(samples, "chroma_stft");
  ASSERT_EQ(summary.frames, mfcc.count());
  for (std::size_t row = 0; row < kMfccRows; ++row) {
    EXPECT_NEAR(summary.mfcc[row].mean, mfcc.mean(row), 2e-3 * std::abs(mfcc.mean(0))) << row;
    EXPECT_NEAR(summary.mfcc[row].deviation, mfcc.deviation(row), 2e-3 * mfcc.deviation(0)) << row;
  }
  for (std::size_t row = 0; row < 12; ++row) {
    EXPECT_NEAR(summary.chroma[row].mean, chroma.mean(row), 2e-3) << row;
    EXPECT_NEAR(summary.chroma[row].deviation, chroma.deviation(row), 2e-3) << row;
  }
}

TEST(Summary, IsTheMeanOfTheFeaturesOfAShortRecording) {
  const auto samples = chord(kMinute, 20, 0.5F);
  expect_exact(summary_of(samples), samples);
}

TEST(Summary, BeyondSixMinutesItIsExactIfTheLoudestCameBefore) {
  auto samples = chord(kMinute, 30, 0.5F);
  const auto quiet = chord(6 * kMinute + kMinute / 2, 30, 1e-5F);  // 94 dB below: counts as 80
  samples.insert(samples.end(), quiet.begin(), quiet.end());
  const DescriptorSummary summary = summary_of(samples);
  EXPECT_NEAR(summary.tuning, 0.3, 0.021);
  expect_exact(summary, samples);
}

TEST(Summary, BeyondSixMinutesALaterPeakChangesOnlyWhatComesAfterIt) {
  auto samples = chord(6 * kMinute + kMinute / 2, 0, 1e-5F);
  const DescriptorSummary before = summary_of(samples);
  const auto loud = chord(kMinute / 2, 0, 0.5F);
  samples.insert(samples.end(), loud.begin(), loud.end());
  const DescriptorSummary after = summary_of(samples);
  // librosa would lift the seven quiet minutes to 80 dB below the loud half; here they stay what they were.
  const Moments lifted = exact(samples, "mfcc");
  const double share = static_cast<double>(before.frames) / static_cast<double>(after.frames);
  EXPECT_LT(after.mfcc[0].mean, lifted.mean(0));
  EXPECT_NEAR(after.mfcc[0].mean, share * before.mfcc[0].mean + (1 - share) * summary_of(loud).mfcc[0].mean, 1.0);
  EXPECT_NEAR(after.spectral_centroid.mean, exact(samples, "spectral_centroid").mean(0), 1.0);
}

TEST(Summary, OfNothingIsAllZeros) {
  const DescriptorSummary summary = summary_of({});
  EXPECT_EQ(summary.frames, 0U);
  EXPECT_EQ(summary.mfcc[0].mean, 0);
  EXPECT_EQ(summary.tuning, 0);
}

TEST(Moments, AreThoseOfTheWholePopulation) {
  Moments moments(2);
  EXPECT_EQ(moments.deviation(0), 0);
  for (const float value : {2.0F, 4.0F, 4.0F, 4.0F, 5.0F, 5.0F, 7.0F, 9.0F}) {
    const float column[] = {value, 3.0F};
    moments.add(column);
  }
  EXPECT_EQ(moments.count(), 8U);
  EXPECT_DOUBLE_EQ(moments.mean(0), 5);
  EXPECT_DOUBLE_EQ(moments.deviation(0), 2);
  EXPECT_DOUBLE_EQ(moments.mean(1), 3);
  EXPECT_DOUBLE_EQ(moments.deviation(1), 0);
}

TEST(Moments, KeepTheirPrecisionFarFromZero) {
  Moments moments(1);
  for (int i = 0; i < 100'000; ++i) {
    const float column[] = {1e6F + static_cast<float>(i % 2)};
    moments.add(column);
  }
  EXPECT_NEAR(moments.deviation(0), 0.5, 1e-9);
}

}  // namespace
}  // namespace mla::audio
