#include <cmath>
#include <complex>
#include <numbers>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/tests/processors.h"
#include "knowledge/audio/quality/impl/k_weighting.h"
#include "knowledge/audio/quality/impl/true_peak.h"
#include "knowledge/audio/quality/tests/music.h"

// What a processor without AVX2 hears is what others hear: each instruction set against the one that is chosen by
// itself. (kernels_test.cpp holds the single loops against their definitions.)
namespace mla::audio {
namespace {

class InstructionSet : public ::testing::TestWithParam<std::int64_t> {
 protected:
  // What `make` makes with the set of this processor, and with the one that is tested.
  template <class Make>
  static auto both(const Make& make) {
    auto wanted = make();
    const testing::OnlyOn only_on(GetParam());
    return std::pair(std::move(wanted), make());
  }
  static std::vector<float> noise(std::size_t count, double size = 0.2) {
    base::Random random(31);
    std::vector<float> samples(count);
    for (float& sample : samples) sample = static_cast<float>(size * random.normal());
    return samples;
  }
};

TEST_P(InstructionSet, TransformsAlike) {
  for (const std::size_t n : {8U, 64U, 256U, 512U, 2048U, 4096U}) {
    const auto in = noise(n);
    const auto [wanted, found] = both([&] {
      RealFft fft(n);
      std::vector<std::complex<float>> out(fft.bins());
      fft.forward(in, out);
      return out;
    });
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      ASSERT_NEAR(std::abs(found[k] - wanted[k]), 0, 2e-6 * std::sqrt(static_cast<double>(n))) << n << " bin " << k;
    }
  }
}

TEST_P(InstructionSet, WeighsLoudnessAlike) {
  const auto first = noise(9001);
  const auto second = noise(9001, 0.01);
  const auto [wanted, found] = both([&] { return KWeighting(44100).energy(first, second); });
  EXPECT_NEAR(found[0], wanted[0], 1e-9 * wanted[0]);
  EXPECT_NEAR(found[1], wanted[1], 1e-9 * wanted[1]);
}

// A sine between whose samples lies its top: 3 dB above them.
TEST_P(InstructionSet, FindsTheSameTruePeakInTheSamePlace) {
  std::vector<float> samples(5003, 0.0F);
  for (std::size_t i = 0; i < 203; ++i) {
    const double t = static_cast<double>(i);
    samples[3001 + i] =
        static_cast<float>(0.6 * std::sin(std::numbers::pi * t / 203) * std::sin(std::numbers::pi * (0.5 * t + 0.25)));
  }
  const auto [wanted, found] = both([&] {
    BlockMeasure measure;
    TruePeak peak(44100);
    peak.push(samples, measure.measure({samples.data(), 1, samples.size(), samples.size()}).peaks.row(0));
    peak.finish();
    return std::pair(peak.peak(), peak.position());
  });
  EXPECT_NEAR(found.first, wanted.first, 1e-6);
  EXPECT_NEAR(found.first, 0.6, 0.01);
  EXPECT_EQ(found.second, wanted.second);
}

// Blocks that end within a piece and within a vector.
TEST_P(InstructionSet, MeasuresPiecesAlike) {
  for (const std::size_t frames : {1U, 5U, 63U, 64U, 65U, 200U, 4096U, 4099U}) {
    const auto samples = noise(2 * frames);
    const math::ConstMatrixView view{samples.data(), 2, frames, frames};
    BlockMeasure chosen, tested;
    const Block wanted = chosen.measure(view);
    const testing::OnlyOn only_on(GetParam());
    const Block found = tested.measure(view);
    ASSERT_EQ(found.pieces(), wanted.pieces());
    for (std::size_t piece = 0; piece < wanted.pieces(); ++piece) {
      ASSERT_EQ(found.quietest[piece], wanted.quietest[piece]) << frames;
      for (std::size_t c = 0; c < 2; ++c) {
        ASSERT_EQ(found.peaks(c, piece), wanted.peaks(c, piece)) << frames;
        ASSERT_NEAR(found.energies(c, piece), wanted.energies(c, piece), 1e-5 * (1e-3 + wanted.energies(c, piece)));
      }
    }
  }
}

// Music with a click, noise and an edge: all that the checks measure goes through the loops.
TEST_P(InstructionSet, FindsTheSameFaults) {
  testing::Sound sound = testing::brick_wall(testing::full_band_music(33, 7), 16000);
  const auto hiss = noise(sound.samples.size(), 0.003);
  for (std::size_t i = 0; i < hiss.size(); ++i) sound.samples[i] += hiss[i];
  sound.at(sound.frame(3.3), 0) += 0.5F;
  sound = testing::brick_wall(sound, 16000);
  const auto [wanted, found] = both([&] { return testing::assess(sound); });
  ASSERT_GE(wanted.findings.size(), 2U);
  ASSERT_EQ(found.findings.size(), wanted.findings.size());
  for (std::size_t i = 0; i < wanted.findings.size(); ++i) {
    EXPECT_EQ(found.findings[i].kind, wanted.findings[i].kind);
    EXPECT_EQ(found.findings[i].start, wanted.findings[i].start);
    EXPECT_NEAR(found.findings[i].value, wanted.findings[i].value, 1e-3 * std::abs(wanted.findings[i].value));
  }
  EXPECT_NEAR(*found.loudness.integrated_lufs, *wanted.loudness.integrated_lufs, 1e-6);
  EXPECT_NEAR(*found.loudness.true_peak_dbtp, *wanted.loudness.true_peak_dbtp, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Every, InstructionSet, ::testing::ValuesIn(testing::instruction_sets()),
                         [](const auto& one) { return hwy::TargetName(one.param); });

}  // namespace
}  // namespace mla::audio
