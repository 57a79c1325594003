#include <cmath>

#include <gmock/gmock.h>

#include "knowledge/audio/quality/tests/music.h"

namespace mla::audio {
namespace {

using testing::assess;
using testing::clean_music;
using testing::of_kind;
using testing::Sound;

// Steady chords: everything that clicks was planted.
Sound chords(double seconds, int sample_rate = 44100, int channels = 2) {
  Sound sound;
  sound.sample_rate = sample_rate;
  sound.channels = channels;
  sound.samples.resize(static_cast<std::size_t>(seconds * sample_rate) * static_cast<std::size_t>(channels));
  base::Random random(5);
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    const double t = static_cast<double>(i) / sample_rate;
    double value = 0;
    for (const double hz : {220.0, 277.2, 329.6, 880.0}) value += 0.08 * std::sin(2 * std::numbers::pi * hz * t);
    for (int c = 0; c < channels; ++c) {
      const double fade = std::min({1.0, t / 0.1, (seconds - t) / 0.1});
      sound.at(i, c) = static_cast<float>(value * fade + 1e-4 * random.normal());
    }
  }
  return sound;
}

TEST(Clicks, OfEveryStrengthAreFoundWhereTheyAre) {
  const std::vector<double> places{1.13, 2.62, 4.68, 6.07};
  for (const float height : {0.1F, 0.2F, 0.4F}) {
    Sound sound = clean_music(6, 8);
    for (const double place : places) {
      sound.at(sound.frame(place), 0) += height;
      sound.at(sound.frame(place) + 1, 0) -= 0.4F * height;
    }
    const auto found = of_kind(assess(sound), "click");
    ASSERT_EQ(found.size(), places.size()) << height;
    for (std::size_t i = 0; i < places.size(); ++i) {
      EXPECT_NEAR(found[i].start, places[i], 0.001) << height;
      EXPECT_EQ(found[i].value, 1) << "one click is counted once";
    }
  }
}

// A scratch is a burst, not a sample.
TEST(Clicks, MayLastHalfAMillisecond) {
  Sound sound = chords(4);
  base::Random random(2);
  const std::size_t at = sound.frame(2.2);
  for (std::size_t i = at; i < at + 22; ++i) {
    for (int c = 0; c < 2; ++c) sound.at(i, c) += static_cast<float>(0.2 * random.normal());
  }
  const auto found = of_kind(assess(sound), "click");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found.front().start, 2.2, 0.001);
  EXPECT_NEAR(found.front().end, 2.2005, 0.001);
}

TEST(Clicks, AreNotLostBetweenBlocks) {
  constexpr std::size_t kBlock = 2048;
  for (std::size_t offset = 0; offset < kBlock; offset += 251) {
    Sound sound = chords(1.5);
    const std::size_t at = 16 * kBlock + offset;
    sound.at(at, 1) += 0.1F;
    const auto found = of_kind(assess(sound), "click");
    ASSERT_EQ(found.size(), 1U) << offset;
    EXPECT_EQ(found.front().value, 1) << offset;
    EXPECT_NEAR(found.front().start, static_cast<double>(at) / 44100, 0.001);
  }
}

TEST(Clicks, NeighboursAreOneFindingThatCountsThem) {
  Sound sound = chords(5);
  for (const double place : {2.0, 2.3, 2.6, 2.9, 3.2}) sound.at(sound.frame(place), 0) += 0.2F;
  const auto found = of_kind(assess(sound), "click");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().value, 5);
  EXPECT_EQ(found.front().severity, Severity::kError);
  EXPECT_NEAR(found.front().end, 3.2, 0.001);
}

TEST(Clicks, AreHeardInAnyRecording) {
  for (const auto& [rate, channels] : {std::pair{8000, 1}, {44100, 1}, {48000, 6}, {96000, 2}}) {
    Sound sound = chords(2, rate, channels);
    EXPECT_TRUE(of_kind(assess(sound), "click").empty()) << rate;
    sound.at(sound.frame(1.2), channels - 1) += 0.2F;
    const auto found = of_kind(assess(sound), "click");
    ASSERT_EQ(found.size(), 1U) << rate << ' ' << channels;
    EXPECT_NEAR(found.front().start, 1.2, 0.004);
  }
}

TEST(Clicks, ThatNobodyHearsAreNone) {
  Sound sound = chords(2);
  sound.at(sound.frame(1), 0) += 0.001F;
  EXPECT_TRUE(of_kind(assess(sound), "click").empty());
}

// An attack of noise begins as suddenly as a click, but goes on.
TEST(Clicks, AreNoDrums) {
  Sound sound = chords(6);
  base::Random random(8);
  for (double start = 0.5; start < 5; start += 0.37) {
    for (std::size_t i = 0; i < 4000; ++i) {
      const double value = 0.3 * std::exp(-static_cast<double>(i) / 900) * random.normal();
      for (int c = 0; c < 2; ++c) sound.at(sound.frame(start) + i, c) += static_cast<float>(value);
    }
  }
  EXPECT_TRUE(of_kind(assess(sound), "click").empty());
}

Sound hiss(double level, double seconds = 3) {
  Sound sound = chords(seconds);
  base::Random random(8);
  for (float& sample : sound.samples) sample += static_cast<float>(level * random.normal());
  return sound;
}

// Twenty times the noise around them: half of what a burst of any form has to be.
TEST(Clicks, OfTwoSamplesAreKnownByTheirForm) {
  Sound sound = hiss(0.02);
  sound.at(sound.frame(1.2), 0) += 0.4F;
  sound.at(sound.frame(1.2) + 1, 0) -= 0.16F;
  sound.at(sound.frame(2.1), 1) -= 0.4F;
  const auto found = of_kind(assess(sound), "click");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(found[0].start, 1.2, 0.0005);
  EXPECT_NEAR(found[1].start, 2.1, 0.0005);
}

// The same height in a burst of eight samples is what a stick does.
TEST(Clicks, OfManySamplesHaveToStandOutFarther) {
  Sound sound = hiss(0.02);
  base::Random random(3);
  for (std::size_t i = 0; i < 8; ++i) sound.at(sound.frame(1.2) + i, 0) += i % 2 == 0 ? 0.25F : -0.3F;
  for (std::size_t i = 0; i < 900; ++i) {
    sound.at(sound.frame(2.1) + i, 1) +=
        static_cast<float>(0.3 * std::exp(-0.01 * static_cast<double>(i)) * random.normal());
  }
  EXPECT_TRUE(of_kind(assess(sound), "click").empty());
}

// Docs say where the limit lies: in a drum's noise, clicks of a few times that noise are music.
TEST(Clicks, InsideADrumAreNotClaimed) {
  Sound sound = chords(3);
  base::Random random(8);
  for (std::size_t i = 0; i < 8000; ++i) {
    for (int c = 0; c < 2; ++c) sound.at(sound.frame(1) + i, c) += static_cast<float>(0.05 * random.normal());
  }
  Sound loud = sound;
  sound.at(sound.frame(1.1), 0) += 0.3F;
  loud.at(loud.frame(1.1), 0) += 4.0F;
  EXPECT_TRUE(of_kind(assess(sound), "click").empty());
  EXPECT_EQ(of_kind(assess(loud), "click").size(), 1U);
}

}  // namespace
}  // namespace mla::audio
