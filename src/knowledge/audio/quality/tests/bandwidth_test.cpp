#include <cmath>

#include <gmock/gmock.h>

#include "knowledge/audio/decode/resampler.h"
#include "knowledge/audio/quality/tests/music.h"

namespace mla::audio {
namespace {

using testing::assess;
using testing::of_kind;
using testing::Sound;

// Noise that comes and goes, as cymbals do: it reaches to the Nyquist frequency of `rate`. `slope` is the pole of a
// gentle low-pass, 0 for none.
Sound cymbals(int rate, double seconds = 8, double slope = 0) {
  Sound sound;
  sound.sample_rate = rate;
  sound.samples.resize(2 * static_cast<std::size_t>(seconds * rate));
  base::Random random(6);
  std::array<double, 4> state{};
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    const double t = static_cast<double>(i) / rate;
    for (int c = 0; c < 2; ++c) {
      double value = 0.05 * random.normal() * std::exp(-6 * std::fmod(t, 0.5));
      for (int pole = 0; pole < 2; ++pole) {
        double& kept = state[static_cast<std::size_t>(2 * c + pole)];
        kept = value + slope * (kept - value);
        value = kept;
      }
      sound.at(i, c) = static_cast<float>(value);
    }
  }
  return sound;
}

Sound resampled(const Sound& sound, int rate) {
  std::vector<std::vector<float>> channels(2);
  for (int c = 0; c < 2; ++c) {
    std::vector<float> samples;
    for (std::size_t i = 0; i < sound.frames(); ++i)
      samples.push_back(sound.samples[2 * i + static_cast<std::size_t>(c)]);
    Resampler resampler(sound.sample_rate, rate);
    resampler.push(samples, channels[static_cast<std::size_t>(c)]);
    resampler.finish(channels[static_cast<std::size_t>(c)]);
  }
  Sound out;
  out.sample_rate = rate;
  for (std::size_t i = 0; i < channels[0].size(); ++i) {
    for (const auto& channel : channels) out.samples.push_back(channel[i]);
  }
  return out;
}

TEST(Bandwidth, ALowerRateInsideAHigherOneShowsItsEdge) {
  for (const auto& [from, to] : {std::pair{22050, 44100}, {32000, 44100}, {44100, 96000}, {48000, 192000}}) {
    const Quality quality = assess(resampled(cymbals(from), to));
    std::vector<Finding> found = of_kind(quality, "upsampled");
    for (const Finding& one : of_kind(quality, "lossy_source")) found.push_back(one);
    ASSERT_EQ(found.size(), 1U) << from << " in " << to;
    EXPECT_NEAR(found.front().value, from / 2.0, 0.08 * from) << from << " in " << to;
  }
}

TEST(Bandwidth, AFullSpectrumHasNone) {
  for (const int rate : {44100, 48000, 96000}) {
    const Quality quality = assess(cymbals(rate));
    EXPECT_TRUE(of_kind(quality, "upsampled").empty()) << rate;
    EXPECT_TRUE(of_kind(quality, "lossy_source").empty()) << rate;
  }
}

// Tape and microphones fall by octaves, however far.
TEST(Bandwidth, AGentleRollOffIsNoEdge) {
  for (const double slope : {0.3, 0.5, 0.7, 0.9}) {
    const Quality quality = assess(cymbals(44100, 8, slope));
    EXPECT_TRUE(of_kind(quality, "upsampled").empty()) << slope;
    EXPECT_TRUE(of_kind(quality, "lossy_source").empty()) << slope;
  }
}

// An edge that only half of the recording has is filled up by the rest.
TEST(Bandwidth, AnEdgeIsThereAllTheTime) {
  Sound sound = resampled(cymbals(32000), 44100);
  const Sound full = cymbals(44100);
  sound.samples.insert(sound.samples.end(), full.samples.begin(), full.samples.end());
  const Quality quality = assess(sound);
  EXPECT_TRUE(of_kind(quality, "upsampled").empty());
  EXPECT_TRUE(of_kind(quality, "lossy_source").empty());
}

TEST(Bandwidth, IsNotJudgedOfLossyFilesAndShortOnes) {
  const Sound sound = resampled(cymbals(22050), 44100);
  EXPECT_TRUE(of_kind(assess(sound, false), "upsampled").empty());
  EXPECT_TRUE(of_kind(assess(sound, false), "lossy_source").empty());
  const Quality brief = assess(resampled(cymbals(22050, 2), 44100));
  EXPECT_TRUE(of_kind(brief, "upsampled").empty());
  EXPECT_TRUE(of_kind(brief, "lossy_source").empty());
}

}  // namespace
}  // namespace mla::audio
