#include "knowledge/audio/rhythm/impl/signals.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace mla::audio::rhythm {
namespace {

TEST(Signal, KeepsValuesToAStepOfItsMaximum) {
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 7.3F * std::abs(std::sin(static_cast<float>(i)));
  const float most = *std::max_element(values.begin(), values.end());
  const Signal signal(values);
  ASSERT_EQ(signal.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(signal[i], values[i], most / 130000.0F);
}

TEST(Signal, OfNothingIsZero) {
  EXPECT_EQ(Signal(std::vector<float>{}).size(), 0U);
  Signal signal(3, 0.0F);
  signal.set(1, 0.0F);
  EXPECT_EQ(signal[1], 0.0F);
}

// A tone of 440 Hz that swells for a frame every `period` frames, as power spectra.
OnsetEnvelope swelling(std::size_t frames, std::size_t period) {
  OnsetEnvelope onsets;
  std::vector<float> power(OnsetEnvelope::kBins, 1e-6F);
  for (std::size_t i = 0; i < frames; ++i) {
    power[41] = i % period == 0 ? 0.1F : 1e-4F;
    onsets.add(power);
  }
  return onsets;
}

TEST(MakeSignals, RisesStandOutWithUnitDeviation) {
  const OnsetEnvelope onsets = swelling(2000, 25);
  const Signals signals = make_signals(onsets, PitchEnvelope());
  ASSERT_EQ(signals.onset.size(), 2000U);
  double square = 0.0;
  for (std::size_t i = 0; i < 2000; ++i) square += signals.onset[i] * static_cast<double>(signals.onset[i]);
  EXPECT_NEAR(square / 2000.0, 1.0, 1e-3);
  for (std::size_t i = 25; i < 2000; ++i) {
    if (i % 25 == 0) {
      EXPECT_GT(signals.onset[i], 2.0F) << i;
    } else {
      EXPECT_EQ(signals.onset[i], 0.0F) << i;
    }
    EXPECT_EQ(signals.bass[i], 0.0F);     // nothing below 150 Hz
    EXPECT_EQ(signals.harmony[i], 0.0F);  // no pitches at all
  }
}

TEST(MakeSignals, ALevelThatOnlyStaysIsNoOnset) {
  const OnsetEnvelope onsets = swelling(500, 1);
  const Signals signals = make_signals(onsets, PitchEnvelope());
  for (std::size_t i = 0; i < 500; ++i) EXPECT_EQ(signals.onset[i], 0.0F);
}

// Chords of C and F sharp by turns, each for two seconds.
TEST(MakeSignals, HarmonyChangesWhereChordsDo) {
  OnsetEnvelope onsets;
  PitchEnvelope pitches;
  constexpr double kBin = 22050.0 / 2048.0;
  constexpr std::size_t kTurn = 88;  // frames, a multiple of a row's
  for (std::size_t i = 0; i < 10 * kTurn; ++i) {
    std::vector<float> power(OnsetEnvelope::kBins, 0.0F);
    for (const double note : {0.0, 4.0, 7.0}) {
      const double hertz = 261.63 * std::exp2((note + (i / kTurn % 2 == 0 ? 0.0 : 6.0)) / 12.0);
      const double bin = hertz / kBin;
      // The lobe of a Hann window around the tone.
      for (int b = static_cast<int>(bin) - 1; b <= static_cast<int>(bin) + 2; ++b) {
        const double amplitude = 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(1.0, std::abs(b - bin) / 2.0)));
        power[static_cast<std::size_t>(b)] += static_cast<float>(1e-2 * amplitude * amplitude);
      }
    }
    onsets.add(power);
    pitches.add(power);
  }
  pitches.finish();
  const Signals signals = make_signals(onsets, pitches);
  for (std::size_t turn = 2; turn < 9; ++turn) {
    float around = 0.0F;
    for (std::size_t i = turn * kTurn - 4; i <= turn * kTurn + 4; ++i) around = std::max(around, signals.harmony[i]);
    float between = 0.0F;
    for (std::size_t i = turn * kTurn + 36; i <= turn * kTurn + 52; ++i)
      between = std::max(between, signals.harmony[i]);
    EXPECT_GT(around, 1.0F) << turn;
    EXPECT_LT(between, 0.3F * around) << turn;
  }
}

}  // namespace
}  // namespace mla::audio::rhythm
