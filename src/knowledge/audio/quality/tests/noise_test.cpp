#include <cmath>

#include <gmock/gmock.h>

#include "knowledge/audio/quality/tests/music.h"

namespace mla::audio {
namespace {

using testing::assess;
using testing::clean_music;
using testing::of_kind;
using testing::Sound;

double level(const Sound& sound) {
  double sum = 0;
  for (const float sample : sound.samples) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(sound.samples.size()));
}

// White noise `below` dB under the music, from `begin` to `end` seconds.
void plant(Sound& sound, double below, double begin = 0, double end = 1e9) {
  base::Random random(3);
  const double size = level(sound) * std::pow(10, -below / 20);
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    const double t = static_cast<double>(i) / sound.sample_rate;
    if (t < begin || t >= end) continue;
    for (int c = 0; c < sound.channels; ++c) sound.at(i, c) += static_cast<float>(size * random.normal());
  }
}

TEST(Noise, OfEveryStrengthIsFoundAndMeasured) {
  const Sound music = clean_music(8);
  for (const double below : {15.0, 20.0, 25.0, 30.0, 35.0}) {
    Sound sound = music;
    plant(sound, below);
    const auto found = of_kind(assess(sound), "noise");
    ASSERT_EQ(found.size(), 1U) << below;
    EXPECT_NEAR(found.front().value, below, 2) << "dB below the music";
    EXPECT_EQ(found.front().severity, below < 25 ? Severity::kError : found.front().severity);
  }
}

TEST(Noise, BelowWhatAnybodyHearsIsNone) {
  Sound sound = clean_music(8);
  plant(sound, 60);
  EXPECT_TRUE(of_kind(assess(sound), "noise").empty());
}

// What is there in a part only is not the recording's noise.
TEST(Noise, IsThereAllTheTime) {
  Sound sound = clean_music(9);
  plant(sound, 25, 5, 8);
  EXPECT_TRUE(of_kind(assess(sound), "noise").empty());
}

// A lossy encoder takes away what is above 16 kHz, noise too: the bands below are enough.
TEST(Noise, NeedsOnlySomeBands) {
  Sound sound = clean_music(10);
  base::Random random(4);
  std::array<double, 2> slow{};
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    for (int c = 0; c < 2; ++c) {  // a low-pass at 5 kHz: flat enough up to there
      double& state = slow[static_cast<std::size_t>(c)];
      state += 0.5 * (0.004 * random.normal() - state);
      sound.at(i, c) += static_cast<float>(state);
    }
  }
  EXPECT_EQ(of_kind(assess(sound), "noise").size(), 1U);
}

// Hi-hats that ring for most of the time leave single bands too few quiet moments, and above 15 kHz there is no noise.
TEST(Noise, ShowsBetweenCymbalsIfNeighbouringBandsAreHeardTogether) {
  for (const bool noisy : {false, true}) {
    Sound sound = clean_music(13, 12);
    base::Random random(6);
    Sound hiss = sound;
    for (float& sample : hiss.samples) sample = static_cast<float>(0.002 * random.normal());
    hiss = testing::brick_wall(hiss, 15000);
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      const double t = std::fmod(static_cast<double>(i) / sound.sample_rate, 0.4);
      for (int c = 0; c < 2; ++c) {
        sound.at(i, c) += static_cast<float>(0.05 * std::exp(-11 * t) * random.normal());
        if (noisy) sound.at(i, c) += hiss.at(i, c);
      }
    }
    EXPECT_EQ(of_kind(assess(sound), "noise").size(), noisy ? 1U : 0U);
  }
}

TEST(Noise, IsNoHeldChord) {
  Sound sound;
  sound.samples.resize(2 * 44100 * 8);
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    double value = 0;
    for (int k = 1; k < 60; ++k)
      value += 0.01 * std::sin(2 * std::numbers::pi * 220.0 * k * static_cast<double>(i) / 44100);
    for (int c = 0; c < 2; ++c) sound.at(i, c) = static_cast<float>(value);
  }
  EXPECT_TRUE(of_kind(assess(sound), "noise").empty());
}

TEST(Noise, NeedsFiveSeconds) {
  for (const double seconds : {0.5, 3.0, 6.0}) {
    Sound sound = clean_music(11, seconds);
    plant(sound, 20);
    EXPECT_EQ(of_kind(assess(sound), "noise").size(), seconds > 5 ? 1U : 0U) << seconds;
  }
}

TEST(Noise, IsMeasuredInMonoToo) {
  const Sound stereo = clean_music(12);
  Sound sound;
  sound.channels = 1;
  for (std::size_t i = 0; i < stereo.samples.size(); i += 2) sound.samples.push_back(stereo.samples[i]);
  plant(sound, 30);
  const auto found = of_kind(assess(sound), "noise");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found.front().value, 30, 2);
}

}  // namespace
}  // namespace mla::audio
