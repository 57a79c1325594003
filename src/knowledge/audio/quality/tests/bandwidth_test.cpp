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

// Bass, and a treble of `level` (deviation) up to the Nyquist frequency of `rate`, or with a `slope`.
Sound bright(int rate, double level, double slope = 0) {
  Sound sound = cymbals(rate, 8, slope);
  for (std::size_t i = 0; i < sound.frames(); ++i) {
    const double bass = 0.1 * std::sin(2 * std::numbers::pi * 300 * static_cast<double>(i) / rate);
    for (int c = 0; c < 2; ++c) sound.at(i, c) = static_cast<float>(bass + level / 0.0144 * sound.at(i, c));
  }
  return sound;
}

// Kaiser's window over [-1, 1].
double kaiser(double x, double beta) {
  return std::cyl_bessel_i(0.0, beta * std::sqrt(std::max(0.0, 1 - x * x))) / std::cyl_bessel_i(0.0, beta);
}

double sinc(double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

// Twice the rate by a short filter (32 taps, Kaiser's window): its edge takes three kilohertz and lets images through.
Sound doubled_cheaply(const Sound& sound) {
  constexpr int kHalf = 16;
  std::array<std::array<double, 2 * kHalf>, 2> taps{};  // of points upon samples, and between them
  for (std::size_t between = 0; between < 2; ++between) {
    for (std::size_t k = 0; k < taps[between].size(); ++k) {
      const double away = static_cast<double>(k) - (kHalf - 1) - 0.5 * static_cast<double>(between);
      taps[between][k] = 0.97 * sinc(0.97 * away) * kaiser(away / kHalf, 9);
    }
  }
  Sound out;
  out.sample_rate = 2 * sound.sample_rate;
  out.samples.resize(2 * sound.samples.size());
  for (std::size_t i = 2 * kHalf; i + 2 * kHalf < out.frames(); ++i) {
    for (int c = 0; c < 2; ++c) {
      double value = 0;
      for (std::size_t k = 0; k < 2 * kHalf; ++k)
        value += taps[i % 2][k] * sound.samples[2 * (i / 2 + k - (kHalf - 1)) + static_cast<std::size_t>(c)];
      out.at(i, c) = static_cast<float>(value);
    }
  }
  return out;
}

Sound in_16_bits(Sound sound) {
  for (float& sample : sound.samples)
    sample = static_cast<float>(std::lrint(32768 * static_cast<double>(sample)) / 32768.0);
  return sound;
}

// Quiet treble has little to fall from, and a cheap converter takes its time: what tells is that there is nothing
// above.
TEST(Bandwidth, ACheapConvertersEdgeShowsInQuietTreble) {
  for (const double level : {0.00008, 0.0003, 0.003}) {
    const auto found = of_kind(assess(in_16_bits(doubled_cheaply(bright(22050, level))), true, 16), "lossy_source");
    ASSERT_EQ(found.size(), 1U) << level;
    EXPECT_NEAR(found.front().value, 11025, 1500) << level;
  }
}

TEST(Bandwidth, TrebleThatEndsInTheRoundingByItselfHasNoEdge) {
  for (const double slope : {0.0, 0.5, 0.8, 0.9}) {
    for (const double level : {0.00003, 0.0003, 0.003}) {
      const Quality quality = assess(in_16_bits(bright(44100, level, slope)), true, 16);
      EXPECT_TRUE(of_kind(quality, "lossy_source").empty()) << slope << ' ' << level;
      EXPECT_TRUE(of_kind(quality, "upsampled").empty()) << slope << ' ' << level;
    }
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

// A low-pass that is at half the amplitude at `hz` and falls by 90 dB within `width` Hz around it (Kaiser's window).
Sound low_pass(const Sound& sound, double hz, double width) {
  const int half = static_cast<int>(5.7 * sound.sample_rate / width / 2);
  const double share = 2 * hz / sound.sample_rate;
  std::vector<double> taps;
  for (int k = -half; k <= half; ++k)
    taps.push_back(share * sinc(share * k) * kaiser(static_cast<double>(k) / half, 9));
  Sound out = sound;
  for (std::size_t i = 0; i + taps.size() <= sound.frames(); ++i) {
    for (int c = 0; c < 2; ++c) {
      double value = 0;
      for (std::size_t k = 0; k < taps.size(); ++k)
        value += taps[k] * sound.samples[2 * (i + k) + static_cast<std::size_t>(c)];
      out.at(i, c) = static_cast<float>(value);
    }
  }
  out.samples.resize(2 * (sound.frames() - taps.size()));
  return out;
}

// Between 18.5 and 20.4 kHz a converter of 44.1 kHz may end, and sampled instruments with it: slowly. An encoder's edge
// lies there too: at once.
TEST(Bandwidth, TheEndOfTheRecordingsOwnConverterIsNoEncoder) {
  for (const double hz : {19000.0, 19500.0, 20000.0}) {
    const Quality own = assess(in_16_bits(low_pass(cymbals(44100, 7), hz, 2500)), true, 16);
    EXPECT_TRUE(of_kind(own, "lossy_source").empty()) << hz;
    EXPECT_TRUE(of_kind(own, "upsampled").empty()) << hz;
    const auto encoder = of_kind(assess(in_16_bits(low_pass(cymbals(44100, 7), hz, 500)), true, 16), "lossy_source");
    ASSERT_EQ(encoder.size(), 1U) << hz;
    EXPECT_NEAR(encoder.front().value, hz, 150);
  }
}

TEST(Bandwidth, ASlowEdgeInsideAHigherRateIsALowerRate) {
  const Quality quality = assess(low_pass(cymbals(96000, 7), 19500, 2500));
  EXPECT_TRUE(of_kind(quality, "lossy_source").empty());
  EXPECT_EQ(of_kind(quality, "upsampled").size(), 1U);
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
