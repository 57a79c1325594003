#include "knowledge/audio/descriptors/summary.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "knowledge/audio/descriptors/feature.h"
#include "knowledge/audio/descriptors/moments.h"

namespace mla::audio {
namespace {

// Few frames at a low rate, so that more than the six minutes that are kept pass quickly.
constexpr StftOptions kSmall{.sample_rate = 4000, .n_fft = 2048, .hop_length = 2048};
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

void run(Summary& summary, std::span<const float> samples) {
  Stft stft(kSmall, {&summary});
  stft.push(samples);
  stft.finish();
}

DescriptorSummary summary_of(std::span<const float> samples) {
  Summary summary(kSmall);
  run(summary, samples);
  EXPECT_TRUE(summary.exact());
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

// Quiet for more than six minutes, then loud: librosa lifts the quiet ones to 80 dB below the loud.
TEST(Summary, ALaterPeakTakesASecondPass) {
  auto samples = chord(6 * kMinute + kMinute / 2, 0, 1e-5F);
  const auto loud = chord(kMinute / 2, 0, 0.5F);
  samples.insert(samples.end(), loud.begin(), loud.end());
  Summary first(kSmall);
  run(first, samples);
  EXPECT_FALSE(first.exact());
  EXPECT_LT(first.result().mfcc[0].mean, exact(samples, "mfcc").mean(0) - 10) << "so that the test sees a difference";
  Summary second(kSmall, first.references());
  run(second, samples);
  EXPECT_TRUE(second.exact());
  expect_exact(second.result(), samples);
}

TEST(Summary, ALaterPeakThatLiftsNothingTakesNone) {
  auto samples = chord(6 * kMinute + kMinute / 2, 0, 0.25F);
  const auto louder = chord(kMinute / 2, 0, 0.5F);
  samples.insert(samples.end(), louder.begin(), louder.end());
  expect_exact(summary_of(samples), samples);
}

TEST(Summary, AnotherTuningLaterTakesASecondPass) {
  auto samples = chord(6 * kMinute + kMinute / 2, 0, 0.5F);
  const auto sharp = chord(9 * kMinute, 30, 0.5F);
  samples.insert(samples.end(), sharp.begin(), sharp.end());
  Summary first(kSmall);
  run(first, samples);
  EXPECT_FALSE(first.exact());
  EXPECT_NEAR(first.result().tuning, 0, 0.021);
  Summary second(kSmall, first.references());
  run(second, samples);
  EXPECT_NEAR(second.result().tuning, 0.3, 0.021);
  expect_exact(second.result(), samples);
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
