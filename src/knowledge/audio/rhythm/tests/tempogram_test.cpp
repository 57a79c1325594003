#include "knowledge/audio/rhythm/impl/tempogram.h"

#include <cmath>

#include <gtest/gtest.h>

namespace mla::audio::rhythm {
namespace {

// A bump of three frames at each multiple of `period` frames.
std::vector<float> bumps(double period, std::size_t frames) {
  std::vector<float> signal(frames, 0.0F);
  for (double at = 5.0; at + 2.0 < static_cast<double>(frames); at += period) {
    const auto middle = static_cast<std::size_t>(std::lround(at));
    signal[middle] = 3.0F;
    signal[middle - 1] = signal[middle + 1] = 1.0F;
  }
  return signal;
}

Signals signals_of(const std::vector<float>& onset) {
  return {Signal(onset), Signal(onset), Signal(onset.size(), 0.0F)};
}

TEST(Tempogram, CorrelationIsHighestAtThePeriodAndItsMultiples) {
  const Signals signals = signals_of(bumps(20.0, 2000));
  const Tempogram tempogram(signals);
  ASSERT_GT(tempogram.windows(), 5U);
  for (std::size_t w = 0; w < tempogram.windows(); ++w) {
    const Tempogram::Lags lags = tempogram.onset(w);
    for (const double multiple : {1.0, 2.0, 3.0}) EXPECT_GT(lags.at(20.0 * multiple), 0.95);
    EXPECT_LT(lags.at(10.0), 0.0);
    EXPECT_LT(lags.at(30.0), 0.0);
    EXPECT_EQ(lags.at(0.2), 0.0);
    EXPECT_EQ(lags.at(static_cast<double>(Tempogram::kLags)), 0.0);
  }
}

TEST(Tempogram, MeansFollowThePeriods) {
  const Signals signals = signals_of(bumps(24.0, 1500));
  const Tempogram tempogram(signals);
  const std::vector<double> periods(tempogram.windows(), 12.0);
  const std::vector<double> onset = tempogram.mean_onset(periods, {2.0, 1.0, 1000.0});
  EXPECT_GT(onset.at(0), 0.95);
  EXPECT_LT(onset.at(1), 0.0);
  EXPECT_EQ(onset.at(2), 0.0);
  EXPECT_GT(tempogram.mean_bass(periods, {4.0}).at(0), 0.95);
  EXPECT_EQ(tempogram.mean_harmony(periods, {2.0}).at(0), 0.0);
}

TEST(Tempogram, ShortSignalsHaveOneWindow) {
  const Signals signals = signals_of(bumps(20.0, 120));
  const Tempogram tempogram(signals);
  EXPECT_EQ(tempogram.windows(), 1U);
  EXPECT_EQ(tempogram.window_frames(), 120U);
  EXPECT_DOUBLE_EQ(tempogram.centre(0), 60.0);
}

TEST(PulsePath, IsNotRoundedToFrames) {
  for (const double period : {18.3, 21.7, 25.45}) {
    const Signals signals = signals_of(bumps(period, 3000));
    const Tempogram tempogram(signals);
    const std::vector<double> path = pulse_path(tempogram);
    ASSERT_EQ(path.size(), tempogram.windows());
    for (const double found : path) EXPECT_NEAR(found, period, 0.15);
    EXPECT_GT(clarity(tempogram, path), 0.6);
  }
}

TEST(PulsePath, FollowsADrift) {
  std::vector<float> onset(4000, 0.0F);
  for (double at = 5.0; at < 3990.0; at += 20.0 + (4.0 * at / 4000.0))
    onset[static_cast<std::size_t>(std::lround(at))] = 3.0F;
  const Signals signals = signals_of(onset);
  const Tempogram tempogram(signals);
  const std::vector<double> path = pulse_path(tempogram);
  for (std::size_t w = 0; w < path.size(); ++w) EXPECT_NEAR(path[w], 20.0 + (4.0 * tempogram.centre(w) / 4000.0), 0.6);
}

TEST(PulsePath, SilenceHasNoClarity) {
  const Signals signals = signals_of(std::vector<float>(1000, 0.0F));
  const Tempogram tempogram(signals);
  EXPECT_EQ(clarity(tempogram, pulse_path(tempogram)), 0.0);
}

}  // namespace
}  // namespace mla::audio::rhythm
