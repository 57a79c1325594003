#include "knowledge/audio/rhythm/rhythm.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "knowledge/audio/rhythm/evaluation.h"
#include "knowledge/audio/rhythm/tests/sounds.h"

namespace mla::audio {
namespace {

using namespace sounds;

double farthest_beat(const std::vector<double>& beats, double first, double interval) {
  double farthest = 0.0;
  for (const double beat : beats) {
    const double place = (beat - first) / interval;
    farthest = std::max(farthest, std::abs(place - std::round(place)) * interval);
  }
  return farthest;
}

class Clicks : public testing::TestWithParam<double> {};

TEST_P(Clicks, AreTheTempoAndTheBeats) {
  const Rhythm rhythm = hear(clicks(GetParam(), 20.0)).rhythm;
  EXPECT_NEAR(rhythm.tempo, GetParam(), 0.1);
  EXPECT_NEAR(static_cast<double>(rhythm.beats.size()), 20.0 * GetParam() / 60.0, 2.0);
  EXPECT_LT(farthest_beat(rhythm.beats, 0.3, 60.0 / GetParam()), 0.03);
  EXPECT_GT(rhythm.confidence, 0.4);
}

INSTANTIATE_TEST_SUITE_P(Tempi, Clicks, testing::Values(60.0, 75.5, 99.3, 120.0, 150.0, 174.0, 200.0));

TEST(Rhythm, SwingAt128IsNotRounded) {
  for (const double share : {0.55, 0.6, 2.0 / 3.0}) {
    const double beat = 60.0 / 128.0;
    Samples samples = silence(20.0);
    for (double at = 0.3; at < 19.5; at += beat) {
      add_click(samples, at, 0.7);
      add_click(samples, at + (share * beat), 0.45);
    }
    EXPECT_NEAR(hear(samples).rhythm.tempo, 128.0, 0.3) << share;
  }
}

TEST(Rhythm, FollowsATempoThatRises) {
  Samples samples = silence(60.0);
  std::vector<double> truth;
  for (double at = 0.3; at < 59.0; at += 60.0 / (90.0 + (20.0 * at / 60.0))) {
    add_click(samples, at);
    truth.push_back(at);
  }
  const Rhythm rhythm = hear(samples).rhythm;
  EXPECT_GT(beat_f_measure(rhythm.beats, truth), 0.95);
  ASSERT_GT(rhythm.tempo_curve.size(), 8U);
  for (const TempoPoint& point : rhythm.tempo_curve)
    EXPECT_NEAR(point.tempo, 90.0 + (20.0 * point.time / 60.0), 2.5) << point.time;
}

// Chords change with the bar, a low note marks it.
Samples band(int metre, double tempo, double seconds) {
  Samples samples = silence(seconds);
  const double beat = 60.0 / tempo;
  const std::vector<int> roots = {0, 9, 5, 7};
  int count = 0;
  for (double at = 0.5; at < seconds - 1.0; at += beat, ++count) {
    add_click(samples, at, 0.2);
    if (count % metre != 0) continue;
    add_tone(samples, at, 0.2, 60.0, 0.5, 12.0);
    const int root = roots[static_cast<std::size_t>(count / metre) % roots.size()];
    add_chord(samples, at, beat * metre, root, root == 9);
  }
  return samples;
}

class Metres : public testing::TestWithParam<int> {};

TEST_P(Metres, AreCountedFromTheDownbeat) {
  const int metre = GetParam();
  const Rhythm rhythm = hear(band(metre, 108.0, 40.0)).rhythm;
  EXPECT_NEAR(rhythm.tempo, 108.0, 0.2);
  EXPECT_EQ(rhythm.metre, metre);
  ASSERT_GT(rhythm.downbeats.size(), 10U);
  std::vector<double> downbeats;
  for (const std::size_t beat : rhythm.downbeats) downbeats.push_back(rhythm.beats.at(beat));
  EXPECT_LT(farthest_beat(downbeats, 0.5, metre * 60.0 / 108.0), 0.07);
}

INSTANTIATE_TEST_SUITE_P(OfThreeAndFour, Metres, testing::Values(3, 4));

TEST(Rhythm, LevelsAreProbabilities) {
  const Rhythm rhythm = hear(band(4, 96.0, 30.0)).rhythm;
  double sum = rhythm.confidence;
  double last = rhythm.confidence;
  for (const TempoAlternative& other : rhythm.alternatives) {
    EXPECT_LE(other.probability, last);
    EXPECT_GT(other.tempo, 35.0);
    last = other.probability;
    sum += last;
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_FALSE(rhythm.alternatives.empty());
}

TEST(Rhythm, BeatsThatAreAllAlikeHaveNoBars) {
  const Rhythm rhythm = hear(clicks(120.0, 20.0)).rhythm;
  EXPECT_EQ(rhythm.metre, 0);
  EXPECT_TRUE(rhythm.downbeats.empty());
}

TEST(Rhythm, WhereNothingPulsesThereIsNoTempo) {
  Samples one_click = silence(10.0);
  add_click(one_click, 3.0);
  const std::vector<Samples> still = {{},
                                      {0.5F},
                                      silence(10.0),
                                      Samples(220500, 0.5F),
                                      one_click,
                                      noise(5.0, 0.3),
                                      noise(14.0, 0.3),
                                      noise(30.0, 0.3),
                                      noise(30.0, 1e-4),
                                      noise(90.0, 0.3)};
  for (std::size_t i = 0; i < still.size(); ++i) {
    const Rhythm rhythm = hear(still[i]).rhythm;
    EXPECT_EQ(rhythm.tempo, 0.0) << i;
    EXPECT_EQ(rhythm.confidence, 0.0) << i;
    EXPECT_TRUE(rhythm.beats.empty() && rhythm.downbeats.empty() && rhythm.alternatives.empty()) << i;
    EXPECT_EQ(rhythm.metre, 0) << i;
  }
}

// A long recording may repeat less than a short one and still not by chance; its level is anybody's guess.
TEST(Rhythm, APulseIsHeardThroughNoise) {
  Samples samples = clicks(100.0, 90.0);
  const Samples hiss = noise(90.0, 0.6);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += hiss[i];
  const double tempo = hear(samples).rhythm.tempo;
  EXPECT_NEAR(tempo, tempo < 75.0 ? 50.0 : 100.0, 1.0);
}

TEST(Rhythm, VolumeDoesNotMatter) {
  Samples samples = band(4, 100.0, 20.0);
  const Rhythm loud = hear(samples).rhythm;
  for (float& sample : samples) sample *= 0.02F;
  const Rhythm quiet = hear(samples).rhythm;
  EXPECT_NEAR(loud.tempo, quiet.tempo, 0.05);
  EXPECT_EQ(loud.beats.size(), quiet.beats.size());
}

TEST(Rhythm, TheSameTwice) {
  const Samples samples = band(3, 90.0, 15.0);
  EXPECT_EQ(hear(samples).rhythm.beats, hear(samples).rhythm.beats);
}

TEST(OnsetEnvelope, RisesWhereSoundsBegin) {
  Samples samples = silence(3.0);
  add_tone(samples, 1.0, 1.5, 1000.0, 0.5, 0.5);
  OnsetEnvelope onsets;
  Stft stft({}, {&onsets});
  stft.push(samples);
  stft.finish();
  EXPECT_EQ(onsets.frames(), 130U);
  std::size_t strongest = 0;
  for (std::size_t i = 0; i < onsets.frames(); ++i)
    if (onsets.rise(i, 2) > onsets.rise(strongest, 2)) strongest = i;
  EXPECT_NEAR(static_cast<double>(strongest) / OnsetEnvelope::kFrameRate, 1.0, 0.05);
  EXPECT_EQ(onsets.rise(20, 2), 0);
}

}  // namespace
}  // namespace mla::audio
