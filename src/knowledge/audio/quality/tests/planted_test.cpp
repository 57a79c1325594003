#include <cmath>
#include <functional>
#include <map>
#include <string>

#include <gmock/gmock.h>

#include "knowledge/audio/quality/tests/music.h"

// Faults planted in clean full-band music at known places and strengths: each is told, where it is, and nothing else.
namespace mla::audio {
namespace {

using testing::assess;
using testing::full_band_music;
using testing::of_kind;
using testing::Sound;

std::vector<std::string> kinds_of(const Quality& quality) {
  std::vector<std::string> kinds;
  for (const Finding& finding : quality.findings) {
    if (std::find(kinds.begin(), kinds.end(), finding.kind) == kinds.end()) kinds.emplace_back(finding.kind);
  }
  return kinds;
}

void silence(Sound& sound, double from, double to) {
  for (std::size_t i = sound.frame(from); i < sound.frame(to); ++i) {
    for (int c = 0; c < sound.channels; ++c) sound.at(i, c) = 0;
  }
}

struct Planted {
  const char* kind;
  std::function<void(Sound&, base::Random&)> plant;
};

void add_clicks(Sound& sound, base::Random& random) {
  for (const double place : {2.1, 3.9, 6.3}) {
    sound.at(sound.frame(place + 0.3 * random.uniform()), 0) += random.below(2) == 0 ? 0.6F : -0.6F;
  }
}

void add_dropouts(Sound& sound, base::Random& random) {
  for (const double place : {2.31, 3.81, 6.31}) silence(sound, place, place + 0.003 + 0.01 * random.uniform());
}

void add_hum(Sound& sound, base::Random& random) {
  const double mains = random.below(2) == 0 ? 50 : 60;
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    double value = 0;
    for (const int k : {1, 2, 3, 5}) {
      value += 0.012 / k * std::sin(2 * std::numbers::pi * mains * k * static_cast<double>(i) / sound.sample_rate + k);
    }
    for (int c = 0; c < 2; ++c) sound.at(i, c) += static_cast<float>(value);
  }
}

void add_noise(Sound& sound, base::Random& random) {
  for (float& sample : sound.samples) sample += static_cast<float>(0.002 * random.normal());
}

void add_offset(Sound& sound, base::Random& random) {
  const float offset = random.below(2) == 0 ? 0.008F : -0.008F;
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) += offset;
}

void merge_channels(Sound& sound, base::Random&) {
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) = sound.at(i, 0);
}

void turn_over(Sound& sound, base::Random&) {
  for (std::size_t i = 0; i < sound.frames(); ++i) sound.at(i, 1) = -sound.at(i, 0);
}

void cut_tops(Sound& sound, base::Random&) {
  float peak = 0;
  for (const float sample : sound.samples) peak = std::max(peak, std::abs(sample));
  for (float& sample : sound.samples) sample = std::clamp(sample, -0.4F * peak, 0.4F * peak);
}

class EachFault : public ::testing::TestWithParam<Planted> {};

TEST_P(EachFault, IsToldInAllMusicAndNothingElseIs) {
  static const auto music = [] {
    std::map<std::uint64_t, Sound> made;
    for (std::uint64_t seed = 101; seed < 107; ++seed) made[seed] = full_band_music(seed, 8);
    return made;
  }();
  for (const auto& [seed, clean] : music) {
    Sound sound = clean;
    base::Random random(seed);
    GetParam().plant(sound, random);
    EXPECT_THAT(kinds_of(assess(sound)), ::testing::ElementsAre(GetParam().kind)) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, EachFault,
                         ::testing::Values(Planted{"click", add_clicks}, Planted{"dropout", add_dropouts},
                                           Planted{"hum", add_hum}, Planted{"noise", add_noise},
                                           Planted{"dc_offset", add_offset}, Planted{"false_stereo", merge_channels},
                                           Planted{"inverted_phase", turn_over}, Planted{"clipping", cut_tops}),
                         [](const auto& one) { return std::string(one.param.kind); });

TEST(FullBandMusic, IsCleanByItself) {
  for (std::uint64_t seed = 101; seed < 113; ++seed) {
    const Quality quality = assess(full_band_music(seed, 8), true, 16);
    EXPECT_TRUE(quality.findings.empty()) << seed << ' ' << quality.findings.front().detail;
    EXPECT_EQ(quality.score, 1);
  }
}

TEST(FullBandMusic, ShowsWhereAnEncoderCutItOff) {
  std::uint64_t seed = 130;
  for (const double hz : {11000.0, 16000.0, 17500.0, 19000.0, 20000.0}) {
    const Quality quality = assess(testing::brick_wall(full_band_music(seed++, 6), hz));
    ASSERT_THAT(kinds_of(quality), ::testing::ElementsAre("lossy_source")) << hz;
    EXPECT_NEAR(quality.findings.front().value, hz, 200);
    EXPECT_EQ(quality.findings.front().start, 0);
    EXPECT_NEAR(quality.findings.front().end, 6, 0.001);
  }
}

TEST(Places, OfClippingAreThoseOfTheLoudPart) {
  Sound sound = full_band_music(140, 9);
  float before = 0;
  for (const float sample : sound.samples) before = std::max(before, std::abs(sample));
  const float ceiling = 1.1F * before;
  for (std::size_t i = sound.frame(4); i < sound.frame(4.6); ++i) {
    for (int c = 0; c < 2; ++c) sound.at(i, c) = std::clamp(8 * sound.at(i, c), -ceiling, ceiling);
  }
  const auto found = of_kind(assess(sound), "clipping");
  ASSERT_FALSE(found.empty());
  EXPECT_GE(found.front().start, 4);
  EXPECT_LE(found.back().end, 4.6);
  for (const Finding& one : found) {
    EXPECT_LT(one.start, one.end);
    EXPECT_GE(one.value, 3);
    EXPECT_EQ(one.unit, "samples");
  }
}

TEST(Places, OfDropoutsOfEveryLength) {
  for (const double milliseconds : {2.0, 5.0, 20.0, 100.0}) {
    Sound sound = full_band_music(141, 8);
    const double end = 3.31 + milliseconds / 1000;
    silence(sound, 3.31, end);
    const auto found = of_kind(assess(sound), "dropout");
    ASSERT_EQ(found.size(), 1U) << milliseconds;
    EXPECT_NEAR(found.front().start, 3.31, 0.0001);
    EXPECT_NEAR(found.front().end, end, 0.0001);
    EXPECT_NEAR(found.front().value, milliseconds, 0.1);
    EXPECT_EQ(found.front().severity, Severity::kError);
  }
}

TEST(Places, OfGapsAndOfSilenceAtTheEnd) {
  for (const double seconds : {0.31, 0.8, 2.5}) {
    Sound sound = full_band_music(142, 8);
    silence(sound, 3, 3 + seconds);
    const auto found = of_kind(assess(sound), "gap");
    ASSERT_EQ(found.size(), 1U) << seconds;
    EXPECT_NEAR(found.front().start, 3, 0.001);
    EXPECT_NEAR(found.front().end, 3 + seconds, 0.001);
    EXPECT_NEAR(found.front().value, seconds, 0.002);
  }
  for (const double seconds : {1.5, 2.5}) {
    Sound sound = full_band_music(143, 6);
    silence(sound, 5, 6);
    sound.samples.insert(sound.samples.end(), 2 * sound.frame(seconds - 1), 0.0F);
    const auto found = of_kind(assess(sound), "silence");
    ASSERT_EQ(found.size(), seconds >= 2 ? 1U : 0U) << seconds;
    if (found.empty()) continue;
    EXPECT_NEAR(found.front().start, 5, 0.01);
    EXPECT_NEAR(found.front().end, 5 + seconds, 0.001);
  }
}

// A tone of a quarter of the sample rate, sampled half way up: what is between the samples is 3 dB higher.
TEST(Places, OfAnOverBetweenTheSamples) {
  Sound sound = full_band_music(144, 6);
  const std::size_t begin = sound.frame(2.5);
  for (std::size_t i = 0; i < 400; ++i) {
    const double shape = 0.9 * std::sqrt(2.0) * std::sin(std::numbers::pi * static_cast<double>(i) / 400);
    sound.at(begin + i, 1) =
        static_cast<float>(shape * std::sin(std::numbers::pi * (0.5 * static_cast<double>(i) + 0.25)));
  }
  const auto found = of_kind(assess(sound), "inter_sample_over");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found.front().start, 2.5 + 200.0 / 44100, 0.0005);
  EXPECT_NEAR(found.front().value, 20 * std::log10(0.9 * std::sqrt(2.0)), 0.05);
  EXPECT_EQ(found.front().severity, Severity::kWarning);
}

TEST(Places, OfClicksAreTheirSamples) {
  Sound sound = full_band_music(145, 8);
  const std::vector<double> places{1.44, 2.94, 5.19, 6.69};  // a hi-hat ends there
  for (const double place : places) sound.at(sound.frame(place), 1) -= 0.5F;
  const auto found = of_kind(assess(sound), "click");
  ASSERT_EQ(found.size(), places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_NEAR(found[i].start, places[i], 0.0005);
    EXPECT_LT(found[i].end - found[i].start, 0.002);
  }
}

}  // namespace
}  // namespace mla::audio
