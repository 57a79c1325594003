#include <cmath>

#include <gmock/gmock.h>

#include "knowledge/audio/quality/tests/music.h"

namespace mla::audio {
namespace {

using testing::assess;
using testing::clean_music;
using testing::of_kind;
using testing::Sound;

struct Plant {
  double mains = 50;
  double dbfs = -40;  // of all lines together
  double drift = 0;   // Hz, of the mains, up and down in ten seconds
  bool left = true, right = true;
};

void plant(Sound& sound, const Plant& how) {
  double squares = 0;
  for (const int k : {1, 2, 3, 5}) squares += 0.5 / (k * k);
  const double gain = std::pow(10, how.dbfs / 20) / std::sqrt(squares);
  double phase = 0;
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    const double t = static_cast<double>(i) / sound.sample_rate;
    phase += 2 * std::numbers::pi * (how.mains + how.drift * std::sin(0.628 * t)) / sound.sample_rate;
    double value = 0;
    for (const int k : {1, 2, 3, 5}) value += gain / k * std::sin(k * phase + k);
    if (how.left) sound.at(i, 0) += static_cast<float>(value);
    if (how.right && sound.channels > 1) sound.at(i, 1) += static_cast<float>(value);
  }
}

TEST(Hum, OfEveryStrengthIsFoundAndMeasured) {
  const Sound music = clean_music(7, 12);
  for (const double mains : {50.0, 60.0}) {
    for (const double dbfs : {-30.0, -40.0, -50.0}) {
      Sound sound = music;
      plant(sound, {.mains = mains, .dbfs = dbfs});
      const auto found = of_kind(assess(sound), "hum");
      ASSERT_EQ(found.size(), 1U) << mains << ' ' << dbfs;
      EXPECT_THAT(found.front().detail, ::testing::HasSubstr(mains == 50.0 ? "50 Hz with" : "60 Hz with"));
      EXPECT_NEAR(found.front().value, dbfs, 2.5);
      EXPECT_EQ(found.front().start, 0);
      EXPECT_NEAR(found.front().end, 12, 0.01);
    }
  }
}

// Fifty times louder than the hum, on the beat, between 40 and 120 Hz: the moments between the strokes tell.
TEST(Hum, IsHeardBetweenTheStrokesOfABassDrum) {
  Sound sound = clean_music(3, 16);
  for (double start = 0.2; start < 15.4; start += 0.5) {
    for (std::size_t i = 0; i < 13000; ++i) {
      const double t = static_cast<double>(i) / 44100;
      const double value = 0.7 * std::exp(-9 * t) * std::sin(2 * std::numbers::pi * (48 * t - 4 * std::exp(-30 * t)));
      for (int c = 0; c < 2; ++c) sound.at(sound.frame(start) + i, c) += static_cast<float>(value);
    }
  }
  EXPECT_TRUE(of_kind(assess(sound), "hum").empty());
  plant(sound, {.dbfs = -40});
  EXPECT_EQ(of_kind(assess(sound), "hum").size(), 1U);
}

TEST(Hum, DriftsAsTheMainsDo) {
  for (const double away : {-0.05, 0.04}) {
    Sound sound = clean_music(8, 12);
    plant(sound, {.mains = 50 + away, .dbfs = -40, .drift = 0.005});
    EXPECT_EQ(of_kind(assess(sound), "hum").size(), 1U) << away;
  }
}

TEST(Hum, MayBeInOneChannel) {
  Sound sound = clean_music(9, 12);
  plant(sound, {.dbfs = -36, .left = false});
  EXPECT_EQ(of_kind(assess(sound), "hum").size(), 1U);
}

// The notes next to the mains: G1 (49.0 Hz) and its octaves, B1 (61.7 Hz), held like an organ's.
TEST(Hum, IsNoLowNote) {
  for (const double hz : {48.9994, 51.9131, 58.2705, 61.7354}) {
    Sound sound = clean_music(4, 12);
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      double value = 0;
      for (const int k : {1, 2, 3, 4})
        value += 0.05 / k * std::sin(2 * std::numbers::pi * hz * k * static_cast<double>(i) / 44100);
      for (int c = 0; c < 2; ++c) sound.at(i, c) += static_cast<float>(value);
    }
    EXPECT_TRUE(of_kind(assess(sound), "hum").empty()) << hz;
  }
}

TEST(Hum, NeedsFourSecondsAndIsAveragedOverManySections) {
  for (const double seconds : {3.0, 5.0, 45.0}) {
    Sound sound;
    base::Random random(3);
    sound.samples.resize(2 * static_cast<std::size_t>(seconds * 44100));
    for (float& sample : sound.samples) sample = static_cast<float>(0.02 * random.normal());
    plant(sound, {.dbfs = -40});
    EXPECT_EQ(of_kind(assess(sound), "hum").size(), seconds > 4 ? 1U : 0U) << seconds;
  }
}

// Rates at which there is no line to look for, or only some.
TEST(Hum, LowRatesHaveFewLines) {
  for (const int rate : {60, 150, 1000}) {
    Sound sound;
    sound.sample_rate = rate;
    sound.samples.assign(static_cast<std::size_t>(40 * rate) * 2, 0.01F);
    EXPECT_TRUE(of_kind(assess(sound), "hum").empty()) << rate;
  }
}

}  // namespace
}  // namespace mla::audio
