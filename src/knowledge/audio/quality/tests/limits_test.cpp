#include <cmath>

#include <gmock/gmock.h>

#include "knowledge/audio/quality/tests/music.h"

// Where each of the simple checks begins to speak, and how severe it is: the table of docs/quality.md.
namespace mla::audio {
namespace {

using testing::assess;
using testing::clean_music;
using testing::of_kind;
using testing::Sound;

const Sound& music() {
  static const Sound sound = clean_music(31, 7);
  return sound;
}

TEST(Limits, AnOffsetCountsFromThreeThousandthsAndIsBadFromThirty) {
  for (const auto& [offset, severity] : {std::pair{0.001F, -1}, {0.005F, 1}, {-0.005F, 1}, {0.05F, 2}}) {
    Sound sound = music();
    for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 0) += offset;
    const auto found = of_kind(assess(sound), "dc_offset");
    ASSERT_EQ(found.size(), severity < 0 ? 0U : 1U) << offset;
    if (found.empty()) continue;
    EXPECT_NEAR(found.front().value, offset, 0.0005);
    EXPECT_EQ(static_cast<int>(found.front().severity), severity) << offset;
    EXPECT_EQ(found.front().unit, "full_scale");
    EXPECT_NEAR(found.front().end, 7, 0.001);
  }
}

// The side signal against the middle, in dB.
TEST(Limits, AStereoImageOfLessThanAThousandthIsNone) {
  for (const double side : {-30.0, -50.0, -70.0}) {
    Sound sound = music();
    const auto share = static_cast<float>(std::pow(10, side / 20));
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      const float middle = sound.at(i, 0) + sound.at(i, 1);
      const float apart = share * (sound.at(i, 0) - sound.at(i, 1));
      sound.at(i, 0) = middle + apart;
      sound.at(i, 1) = middle - apart;
    }
    EXPECT_EQ(of_kind(assess(sound), "false_stereo").size(), side < -60 ? 1U : 0U) << side;
  }
}

TEST(Limits, APhaseIsInvertedIfTheChannelsCancelOut) {
  for (const float share : {0.0F, 0.5F, 1.0F}) {  // of the right channel, turned over; the rest is noise of its own
    Sound sound = music();
    base::Random random(4);
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      sound.at(i, 1) = -share * sound.at(i, 0) + (1 - share) * static_cast<float>(0.03 * random.normal());
    }
    const auto found = of_kind(assess(sound), "inverted_phase");
    ASSERT_EQ(found.size(), share == 1 ? 1U : 0U) << share;
    if (share == 1) {
      EXPECT_NEAR(found.front().value, -1, 1e-3);
    }
  }
}

TEST(Limits, AChannelIsSilentFiftyDecibelsBelowTheOther) {
  for (const double below : {20.0, 40.0, 60.0}) {
    for (const int channel : {0, 1}) {
      Sound sound = music();
      for (std::size_t i = 0; i < sound.frames(); ++i) {
        sound.at(i, channel) *= static_cast<float>(std::pow(10, -below / 20));
      }
      const auto found = of_kind(assess(sound), "one_channel_silent");
      ASSERT_EQ(found.size(), below > 50 ? 1U : 0U) << below;
      if (found.empty()) continue;
      EXPECT_THAT(found.front().detail, ::testing::HasSubstr(channel == 0 ? "left" : "right"));
      EXPECT_NEAR(found.front().value, -below, 4);
    }
  }
}

TEST(Limits, NothingIsSaidOfTheStereoOfOneChannelOrSix) {
  for (const int channels : {1, 6}) {
    Sound sound;
    sound.channels = channels;
    for (std::size_t i = 0; i < music().frames(); ++i) {
      sound.samples.insert(sound.samples.end(), static_cast<std::size_t>(channels), music().samples[2 * i]);
    }
    const Quality quality = assess(sound);
    for (const char* kind : {"false_stereo", "inverted_phase", "one_channel_silent"}) {
      EXPECT_TRUE(of_kind(quality, kind).empty()) << kind << ' ' << channels;
    }
  }
}

TEST(Limits, BitsThatAreNeverUsedAreCountedInEveryWidth) {
  for (const int stored : {8, 16, 24}) {
    for (const int used : {6, 8, 12, 16, 20, 24}) {
      if (used > stored) continue;
      Sound sound = music();
      const double steps = std::exp2(used - 1);
      for (float& sample : sound.samples) sample = static_cast<float>(std::lrint(sample * steps) / steps);
      const auto found = of_kind(assess(sound, true, stored), "padded_bits");
      ASSERT_EQ(found.size(), used < stored ? 1U : 0U) << used << " in " << stored;
      if (found.empty()) continue;
      EXPECT_EQ(found.front().value, used);
      EXPECT_EQ(found.front().severity, used < 16 ? Severity::kWarning : Severity::kInfo);
      EXPECT_TRUE(of_kind(assess(sound, false, stored), "padded_bits").empty()) << "a lossy file has no bits";
    }
  }
}

TEST(Limits, PressedMusicHasLittleDynamicRange) {
  base::Random random(9);
  for (const double ceiling : {0.2, 3.0}) {  // times the deviation of the noise that is clipped softly there
    Sound sound;
    sound.samples.resize(2 * 44100 * 10);
    for (float& sample : sound.samples) {
      sample = static_cast<float>(0.8 * std::tanh(random.normal() / ceiling) / std::tanh(4 / ceiling));
    }
    const auto found = of_kind(assess(sound), "low_dynamic_range");
    ASSERT_EQ(found.size(), ceiling < 1 ? 1U : 0U) << ceiling;
    if (ceiling < 1) {
      EXPECT_LT(found.front().value, 5);
    }
  }
}

// An edge is cut if 2 ms of it are loud; a fade of the same length as the sound's own attack is none.
TEST(Limits, AnEdgeIsCutUnlessItFades) {
  for (const double fade : {0.0, 0.05}) {
    Sound sound;
    sound.samples.resize(2 * 44100 * 3);
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      const double t = static_cast<double>(i) / 44100;
      const double gain = fade == 0 ? 1 : std::min({1.0, t / fade, (3 - t) / fade});
      for (int c = 0; c < 2; ++c) {
        sound.at(i, c) = static_cast<float>(0.3 * gain * std::sin(2 * std::numbers::pi * (700 + 90 * c) * t + 1));
      }
    }
    const Quality quality = assess(sound);
    const auto start = of_kind(quality, "cut_start");
    const auto end = of_kind(quality, "cut_end");
    ASSERT_EQ(start.size(), fade == 0 ? 1U : 0U);
    ASSERT_EQ(end.size(), fade == 0 ? 1U : 0U);
    if (fade != 0) continue;
    EXPECT_EQ(start.front().start, 0);
    EXPECT_NEAR(start.front().end, 0.002, 0.0001);
    EXPECT_NEAR(end.front().start, 2.998, 0.0001);
    EXPECT_NEAR(end.front().end, 3, 0.0001);
    EXPECT_NEAR(start.front().value, 20 * std::log10(0.3) - 3, 2);
  }
}

// What blocks the samples come in changes no finding and no number.
TEST(Limits, DoNotDependOnTheSizeOfBlocks) {
  Sound sound = clean_music(32, 6);
  for (std::size_t i = sound.frame(2); i < sound.frame(2.5); ++i) sound.at(i, 0) = sound.at(i, 1) = 0;
  sound.at(sound.frame(4.05), 1) += 0.5F;
  const Quality wanted = assess(sound);
  ASSERT_GE(wanted.findings.size(), 2U);
  for (const std::size_t step : {64UL, 1152UL, 100000UL}) {
    QualityAssessor assessor({sound.sample_rate, 2, true, 0});
    math::Matrix apart(2, sound.frames());
    for (std::size_t i = 0; i < sound.samples.size(); ++i) apart(i % 2, i / 2) = sound.samples[i];
    for (std::size_t begin = 0; begin < sound.frames(); begin += step) {
      const std::size_t frames = std::min(step, sound.frames() - begin);
      assessor.push({apart.values().data() + begin, 2, frames, sound.frames()});
    }
    const Quality quality = assessor.finish();
    ASSERT_EQ(quality.findings.size(), wanted.findings.size()) << step;
    for (std::size_t i = 0; i < wanted.findings.size(); ++i) {
      EXPECT_EQ(quality.findings[i].kind, wanted.findings[i].kind) << step;
      EXPECT_NEAR(quality.findings[i].start, wanted.findings[i].start, 1e-4) << step;
      EXPECT_NEAR(quality.findings[i].end, wanted.findings[i].end, 1e-4) << step;
    }
    EXPECT_NEAR(*quality.loudness.integrated_lufs, *wanted.loudness.integrated_lufs, 1e-6) << step;
  }
}

}  // namespace
}  // namespace mla::audio
