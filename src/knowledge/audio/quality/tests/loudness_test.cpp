#include "knowledge/audio/quality/loudness.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace mla::audio {
namespace {

struct Tone {
  double level_dbfs;  // of its peak
  double seconds;
};

// EBU Tech 3341 makes its signals of 1 kHz sines like these, the same in both channels.
Loudness measure(const std::vector<Tone>& tones, int sample_rate = 48000, int channels = 2, double hz = 1000,
                 double phase = 0) {
  LoudnessMeter meter(sample_rate, channels);
  std::size_t frame = 0;
  for (const Tone& tone : tones) {
    const auto frames = static_cast<std::size_t>(tone.seconds * sample_rate);
    math::Matrix block(static_cast<std::size_t>(channels), frames);
    for (std::size_t i = 0; i < frames; ++i, ++frame) {
      const double value = std::pow(10.0, tone.level_dbfs / 20) *
                           std::sin(phase + 2 * std::numbers::pi * hz * static_cast<double>(frame) / sample_rate);
      for (std::size_t c = 0; c < block.rows(); ++c) block(c, i) = static_cast<float>(value);
    }
    meter.push(BlockMeasure().measure(block.view()));
  }
  return meter.finish();
}

TEST(Loudness, ASineAtMinus23IsMinus23Lufs) {
  const Loudness found = measure({{-23, 20}});
  ASSERT_TRUE(found.integrated_lufs);
  EXPECT_NEAR(*found.integrated_lufs, -23.0, 0.1);
  EXPECT_NEAR(*found.max_momentary_lufs, -23.0, 0.1);
  EXPECT_NEAR(*found.max_short_term_lufs, -23.0, 0.1);
  EXPECT_NEAR(found.range_lu, 0, 0.01);
}

TEST(Loudness, IsTheSameAtEveryRate) {
  for (const int rate : {8000, 11025, 22050, 44100, 96000, 192000}) {
    EXPECT_NEAR(*measure({{-20, 5}}, rate).integrated_lufs, -20.0, 0.15) << rate;
  }
}

// Tech 3341, case 3: the gate leaves the quiet edges out.
TEST(Loudness, QuietPartsDoNotCount) {
  EXPECT_NEAR(*measure({{-36, 10}, {-23, 60}, {-36, 10}}).integrated_lufs, -23.0, 0.1);
}

// Case 4: nor does what lies below -70 LUFS.
TEST(Loudness, SilenceDoesNotCount) {
  EXPECT_NEAR(*measure({{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}).integrated_lufs, -23.0, 0.1);
}

// Case 5: within 10 LU of each other all of it counts, by energy.
TEST(Loudness, LevelsAreAveragedByEnergy) {
  EXPECT_NEAR(*measure({{-26, 20}, {-20, 20.1}, {-26, 20}}).integrated_lufs, -23.0, 0.1);
}

// Tech 3342, cases 1 to 3.
TEST(Loudness, RangeIsWhatLiesBetweenTheLevels) {
  EXPECT_NEAR(measure({{-20, 20}, {-30, 20}}).range_lu, 10, 1);
  EXPECT_NEAR(measure({{-20, 20}, {-15, 20}}).range_lu, 5, 1);
  EXPECT_NEAR(measure({{-40, 20}, {-20, 20}}).range_lu, 20, 1);
}

TEST(Loudness, MonoCountsOnce) { EXPECT_NEAR(*measure({{-23, 5}}, 48000, 1).integrated_lufs, -26.0, 0.1); }

TEST(Loudness, SurroundSidesCountMoreAndTheSubwooferNot) {
  LoudnessMeter meter(48000, 6);
  math::Matrix block(6, 48000 * 2);
  for (std::size_t i = 0; i < block.cols(); ++i) {
    block(3, i) = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / 48000));
  }
  meter.push(BlockMeasure().measure(block.view()));
  EXPECT_FALSE(meter.finish().integrated_lufs);

  LoudnessMeter side(48000, 6);
  for (std::size_t i = 0; i < block.cols(); ++i) std::swap(block(3, i), block(4, i));
  side.push(BlockMeasure().measure(block.view()));
  // 0.5 is -6.02 dBFS; one channel -3.01 and 1.41 is +1.49.
  EXPECT_NEAR(*side.finish().integrated_lufs, -6.02 - 3.01 + 1.49, 0.1);
}

TEST(Loudness, BlocksOfAnySizeGiveTheSame) {
  math::Matrix block(1, 30011);
  for (std::size_t i = 0; i < block.cols(); ++i) {
    block(0, i) = static_cast<float>(0.3 * std::sin(0.05 * static_cast<double>(i)) +
                                     0.2 * std::sin(0.31 * static_cast<double>(i)));
  }
  LoudnessMeter whole(44100, 1);
  whole.push(BlockMeasure().measure(block.view()));
  LoudnessMeter pieces(44100, 1);
  for (std::size_t begin = 0; begin < block.cols(); begin += 7) {
    pieces.push(BlockMeasure().measure(
        {block.values().data() + begin, 1, std::min<std::size_t>(7, block.cols() - begin), block.cols()}));
  }
  const Loudness a = whole.finish();
  const Loudness b = pieces.finish();
  EXPECT_DOUBLE_EQ(*a.integrated_lufs, *b.integrated_lufs);
  EXPECT_DOUBLE_EQ(*a.true_peak_dbtp, *b.true_peak_dbtp);
}

// Tech 3341, cases 15 to 19: a sine at a quarter of the sample rate, sampled beside its peaks.
TEST(TruePeak, LiesBetweenTheSamples) {
  const Loudness found = measure({{-6, 1}}, 48000, 1, 12000, std::numbers::pi / 4);
  EXPECT_NEAR(*found.sample_peak_dbfs, -9.0, 0.1);
  EXPECT_NEAR(*found.true_peak_dbtp, -6.0, 0.2);
}

TEST(TruePeak, OfALowToneIsItsSamplePeak) {
  const Loudness found = measure({{-3, 1}}, 44100, 2, 100);
  EXPECT_NEAR(*found.true_peak_dbtp, -3.0, 0.05);
}

TEST(TruePeak, SaysWhere) {
  LoudnessMeter meter(44100, 1);
  math::Matrix block(1, 44100);
  block(0, 22050) = 0.9F;
  meter.push(BlockMeasure().measure(block.view()));
  EXPECT_NEAR(meter.finish().true_peak_seconds, 0.5, 0.001);
}

TEST(Loudness, SilenceAndTooLittleHaveNone) {
  const Loudness silence = measure({{-200, 3}});
  EXPECT_FALSE(silence.integrated_lufs);
  EXPECT_EQ(silence.range_lu, 0);
  EXPECT_FALSE(LoudnessMeter(44100, 2).finish().true_peak_dbtp);
  EXPECT_FALSE(measure({{-20, 0.3}}).integrated_lufs);
  EXPECT_FALSE(measure({{-20, 1}}).max_short_term_lufs);
  EXPECT_FALSE(LoudnessMeter(1, 1).finish().integrated_lufs);
}

}  // namespace
}  // namespace mla::audio
