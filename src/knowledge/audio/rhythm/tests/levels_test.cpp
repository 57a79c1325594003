#include "knowledge/audio/rhythm/impl/levels.h"

#include <cmath>

#include <gtest/gtest.h>

#include "knowledge/audio/rhythm/impl/beat_track.h"

namespace mla::audio::rhythm {
namespace {

TEST(TempoOf, IsNotRoundedByFramesNorMovedByOneBeat) {
  std::vector<double> beats;
  for (int i = 0; i < 100; ++i)
    beats.push_back(std::round(i * 60.0 / 128.0 * OnsetEnvelope::kFrameRate) / OnsetEnvelope::kFrameRate);
  EXPECT_NEAR(tempo_of(beats), 128.0, 0.2);
  beats[50] += 0.1;
  EXPECT_NEAR(tempo_of(beats), 128.0, 0.2);
}

TEST(TempoOf, NeedsTwoBeats) {
  EXPECT_EQ(tempo_of({}), 0.0);
  EXPECT_EQ(tempo_of({3.0}), 0.0);
  EXPECT_DOUBLE_EQ(tempo_of({3.0, 3.5}), 120.0);
}

TEST(Strength, LooksTwoFramesAroundAndStaysInside) {
  const Signal signal(std::vector<float>{0.0F, 5.0F, 0.0F, 0.0F, 0.0F, 2.0F});
  EXPECT_NEAR(strength(signal, 3.0), 5.0F, 1e-4F);
  EXPECT_NEAR(strength(signal, 4.4), 2.0F, 1e-4F);
  EXPECT_NEAR(strength(signal, 0.0), 5.0F, 1e-4F);
  EXPECT_EQ(strength(signal, 40.0), 0.0F);
}

// Strong pulses every 40 frames from `first` to `last`, with low sounds, and onsets of strength `weak` between them.
Signals pulses(std::size_t first = 0, std::size_t last = 2400, float weak = 2.0F) {
  std::vector<float> onset(2400, 0.0F);
  std::vector<float> bass(2400, 0.0F);
  for (std::size_t at = 20; at < 2400; at += 20) {
    if (at < first || at > last) continue;
    onset[at] = at % 40 == 0 ? 4.0F : weak;
    bass[at] = at % 40 == 0 ? 3.0F : 0.0F;
  }
  return {Signal(onset), Signal(bass), Signal(2400, 0.0F)};
}

TEST(TrackBeats, FindsThePhaseOfTheStrongOnes) {
  const Signals signals = pulses();
  const Tempogram tempogram(signals);
  const std::vector<double> beats =
      track_beats(signals, tempogram, std::vector<double>(tempogram.windows(), 20.0), 2.0);
  ASSERT_GT(beats.size(), 55U);
  for (const double beat : beats) EXPECT_NEAR(std::remainder(beat, 40.0), 0.0, 0.6);
}

TEST(TrackBeats, DoesNotCountOnBeforeAndAfterTheSound) {
  const Signals signals = pulses(600, 1800);
  const Tempogram tempogram(signals);
  const std::vector<double> beats =
      track_beats(signals, tempogram, std::vector<double>(tempogram.windows(), 20.0), 1.0);
  ASSERT_FALSE(beats.empty());
  EXPECT_GE(beats.front(), 597.0);
  EXPECT_LE(beats.back(), 1803.0);
}

TEST(WeighLevels, OffersTheMultiplesBetween40And240) {
  const Signals signals = pulses();
  const Tempogram tempogram(signals);
  const auto levels = weigh_levels(signals, tempogram, std::vector<double>(tempogram.windows(), 20.0));
  double sum = 0.0;
  bool pulse = false;
  bool half = false;
  for (const Level& level : levels) {
    EXPECT_GT(level.tempo, 38.0);
    EXPECT_LT(level.tempo, 250.0);
    sum += level.probability;
    pulse |= std::abs(level.tempo - 129.2) < 1.0;
    half |= std::abs(level.tempo - 64.6) < 1.0;
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_TRUE(pulse && half);
}

TEST(WeighLevels, AMetronomeHasNoHigherLevel) {
  const Signals signals = pulses(0, 2400, 4.0F);
  const Tempogram tempogram(signals);
  for (const Level& level : weigh_levels(signals, tempogram, std::vector<double>(tempogram.windows(), 20.0)))
    EXPECT_GT(level.tempo, 125.0);
}

}  // namespace
}  // namespace mla::audio::rhythm
