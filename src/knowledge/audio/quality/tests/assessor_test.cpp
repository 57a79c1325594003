#include "knowledge/audio/quality/assessor.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "knowledge/audio/quality/tests/music.h"

namespace mla::audio {
namespace {

using testing::assess;
using testing::clean_music;
using testing::of_kind;
using testing::Sound;

std::string kinds(const Quality& quality) {
  std::string text;
  for (const Finding& finding : quality.findings)
    text += std::string(finding.kind) + " at " + std::to_string(finding.start) + ": " + finding.detail + "; ";
  return text;
}

TEST(Assessor, CleanMusicHasNoFaults) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Quality quality = assess(clean_music(seed));
    EXPECT_TRUE(quality.findings.empty()) << seed << ' ' << kinds(quality);
    EXPECT_EQ(quality.score, 1.0);
  }
}

TEST(Assessor, ClippingIsFoundWhereItIs) {
  for (const float share : {0.5F, 0.3F}) {
    Sound sound = clean_music(5);
    float peak = 0;
    for (std::size_t i = sound.frame(4); i < sound.frame(5); ++i) peak = std::max(peak, std::abs(sound.at(i, 0)));
    const float ceiling = peak * share;
    for (float& sample : sound.samples) sample = std::clamp(sample, -ceiling, ceiling);
    const auto found = of_kind(assess(sound), "clipping");
    ASSERT_FALSE(found.empty()) << share;
    EXPECT_GE(found.front().value, 3) << share;
  }
}

TEST(Assessor, ALoudLowToneIsNotClipped) {
  Sound sound = clean_music(1, 3);
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    for (int c = 0; c < 2; ++c) {
      const double value = 0.999 * std::sin(2 * std::numbers::pi * 40 * static_cast<double>(i) / 44100);
      sound.at(i, c) = static_cast<float>(std::lrint(value * 32767) / 32768.0);  // as 16 bits hold it
    }
  }
  EXPECT_TRUE(of_kind(assess(sound), "clipping").empty());
}

TEST(Assessor, OffsetIsMeasured) {
  Sound sound = clean_music(2);
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) += 0.01F;
  const auto found = of_kind(assess(sound), "dc_offset");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found.front().value, 0.01, 0.001);
}

TEST(Assessor, CutEdgesAreFound) {
  Sound sound = clean_music(3);
  const auto loudest = [&](double from, double to) {
    std::size_t best = sound.frame(from);
    for (std::size_t i = best; i < sound.frame(to); ++i) best = sound.at(i, 0) > sound.at(best, 0) ? i : best;
    return best;
  };
  const std::size_t begin = loudest(3, 4);
  const std::size_t end = loudest(6, 7);
  sound.samples.resize(2 * end);
  sound.samples.erase(sound.samples.begin(), sound.samples.begin() + static_cast<std::ptrdiff_t>(2 * begin));
  const Quality quality = assess(sound);
  EXPECT_EQ(of_kind(quality, "cut_start").size(), 1U) << kinds(quality);
  const auto cut = of_kind(quality, "cut_end");
  ASSERT_EQ(cut.size(), 1U) << kinds(quality);
  EXPECT_NEAR(cut.front().end, static_cast<double>(end - begin) / 44100, 0.001);
}

TEST(Assessor, SilenceAndGapsHaveTheirPlaces) {
  Sound sound = clean_music(4);
  for (std::size_t i = sound.frame(4); i < sound.frame(4.5); ++i) sound.at(i, 0) = sound.at(i, 1) = 0;
  sound.samples.insert(sound.samples.begin(), 2 * sound.frame(3), 0.0F);
  const Quality quality = assess(sound);
  const auto silence = of_kind(quality, "silence");
  ASSERT_EQ(silence.size(), 1U) << kinds(quality);
  EXPECT_NEAR(silence.front().value, 3.0, 0.06);  // and the start of the fade
  const auto gap = of_kind(quality, "gap");
  ASSERT_EQ(gap.size(), 1U) << kinds(quality);
  EXPECT_NEAR(gap.front().start, 7.0, 0.01);
  EXPECT_NEAR(gap.front().end, 7.5, 0.01);
}

TEST(Assessor, LostSamplesAreDropouts) {
  Sound sound = clean_music(5);
  const std::size_t at = sound.frame(3.32);
  for (std::size_t i = at; i < at + 200; ++i) sound.at(i, 0) = sound.at(i, 1) = 0;
  const auto found = of_kind(assess(sound), "dropout");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found.front().start, 3.32, 0.001);
  EXPECT_NEAR(found.front().value, 1000 * 200 / 44100.0, 0.1);
}

TEST(Assessor, ClicksAreFoundAndDrumsAreNot) {
  Sound sound = clean_music(6);
  const std::vector<double> places{1.13, 2.62, 4.41, 6.07, 8.62};
  for (const double place : places) {
    sound.at(sound.frame(place), 0) += 0.3F;
    sound.at(sound.frame(place), 1) += 0.3F;
  }
  const auto found = of_kind(assess(sound), "click");
  ASSERT_EQ(found.size(), places.size()) << kinds(assess(sound));
  for (std::size_t i = 0; i < places.size(); ++i) EXPECT_NEAR(found[i].start, places[i], 0.002);
}

TEST(Assessor, HumIsTold) {
  for (const double mains : {50.0, 60.0}) {
    Sound sound = clean_music(7);
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      const double t = static_cast<double>(i) / sound.sample_rate;
      double value = 0;
      for (int harmonic = 1; harmonic <= 4; ++harmonic) {
        value += 0.003 / harmonic * std::sin(2 * std::numbers::pi * mains * harmonic * t + harmonic);
      }
      for (int c = 0; c < 2; ++c) sound.at(i, c) += static_cast<float>(value);
    }
    const Quality quality = assess(sound);
    const auto found = of_kind(quality, "hum");
    ASSERT_EQ(found.size(), 1U) << mains << ' ' << kinds(quality);
    EXPECT_THAT(found.front().detail, ::testing::HasSubstr(mains == 50.0 ? "50 Hz" : "60 Hz"));
    EXPECT_NEAR(found.front().value, 20 * std::log10(0.003) - 3 + 10 * std::log10(1 + 0.25 + 0.111 + 0.0625), 3);
  }
}

TEST(Assessor, HissIsMeasuredAgainstTheMusic) {
  Sound sound = clean_music(8);
  base::Random random(3);
  double music = 0;
  for (float& sample : sound.samples) {
    music += static_cast<double>(sample) * sample;
    sample += static_cast<float>(0.003 * random.normal());
  }
  const double truth = 10 * std::log10(music / static_cast<double>(sound.samples.size()) / 9e-6);
  const Quality quality = assess(sound);
  const auto found = of_kind(quality, "noise");
  ASSERT_EQ(found.size(), 1U) << kinds(quality);
  EXPECT_NEAR(found.front().value, truth, 3);
}

TEST(Assessor, LossySourceIsToldFromARollOff) {
  for (const double edge : {16000.0, 20000.0}) {
    Sound sound = clean_music(9, 7);
    base::Random random(4);
    // Cymbals, so that there is something to cut off.
    for (std::size_t i = 0; i < sound.frames(); ++i) {
      for (int c = 0; c < 2; ++c)
        sound.at(i, c) += static_cast<float>(0.004 * random.normal() * (1.0 + std::sin(i * 1e-4)));
    }
    const Sound full = sound;
    sound = testing::brick_wall(full, edge);
    const auto found = of_kind(assess(sound), "lossy_source");
    ASSERT_EQ(found.size(), 1U) << edge;
    EXPECT_NEAR(found.front().value, edge, 400);
    EXPECT_TRUE(of_kind(assess(sound, false), "lossy_source").empty()) << "a lossy file may be lossy";
    EXPECT_TRUE(of_kind(assess(full), "lossy_source").empty());
  }
}

TEST(Assessor, StereoThatIsNone) {
  Sound sound = clean_music(10);
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) = sound.at(i, 0);
  EXPECT_EQ(of_kind(assess(sound), "false_stereo").size(), 1U);
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) = -sound.at(i, 0);
  EXPECT_EQ(of_kind(assess(sound), "inverted_phase").size(), 1U);
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) = 0;
  EXPECT_EQ(of_kind(assess(sound), "one_channel_silent").size(), 1U);
}

TEST(Assessor, UnusedBitsAreCounted) {
  Sound sound = clean_music(11, 3);
  for (float& sample : sound.samples) sample = static_cast<float>(std::lrint(sample * 32768) / 32768.0);
  const auto found = of_kind(assess(sound, true, 24), "padded_bits");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().value, 16);
  EXPECT_TRUE(of_kind(assess(sound, true, 16), "padded_bits").empty());
}

TEST(Assessor, OversAreReported) {
  Sound sound = clean_music(12);
  for (float& sample : sound.samples) sample *= 8;
  const auto found = of_kind(assess(sound, false), "inter_sample_over");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_GT(found.front().value, 0);
}

TEST(Assessor, OddRecordingsDoNotBreakIt) {
  for (const int rate : {1, 8000, 384000}) {
    for (const int channels : {1, 3, 64}) {
      Sound sound;
      sound.sample_rate = rate;
      sound.channels = channels;
      for (const std::size_t frames : {0, 1, 5000}) {
        sound.samples.assign(frames * static_cast<std::size_t>(channels), 0.1F);
        const Quality quality = assess(sound);
        EXPECT_GE(quality.score, 0);
        EXPECT_LE(quality.score, 1);
      }
    }
  }
}

TEST(Score, WorstOfEachKindCountsOnce) {
  const auto finding = [](std::string_view kind, Severity severity) {
    return Finding{kind, severity, 0, 0, 0, "", ""};
  };
  const std::vector<Finding> findings{finding("click", Severity::kWarning), finding("click", Severity::kError),
                                      finding("gap", Severity::kInfo)};
  EXPECT_DOUBLE_EQ(quality_score(findings), 1 - 0.25 - 0.02);
  EXPECT_EQ(quality_score({}), 1.0);
}

}  // namespace
}  // namespace mla::audio
