#include "knowledge/audio/excerpts/excerpts.h"

#include <cmath>
#include <functional>
#include <numbers>

#include <gmock/gmock.h>

#include "foundation/base/random.h"
#include "knowledge/audio/excerpts/impl/series.h"

namespace mla::audio {
namespace {

constexpr int kRate = 22050;

ExcerptVectors hear(const std::vector<float>& samples, std::size_t piece = 4096) {
  PitchEnvelope pitches;
  StereoImage stereo(kRate);
  Excerpts excerpts(pitches, stereo);
  Stft stft({}, {&pitches, &excerpts});
  for (std::size_t begin = 0; begin < samples.size(); begin += piece) {
    const auto part = std::span(samples).subspan(begin, std::min(piece, samples.size() - begin));
    stereo.push({part.data(), 1, part.size(), part.size()});
    stft.push(part);
  }
  stft.finish();
  return excerpts.result();
}

// Chords that pulse, transposed by `semitones`.
std::vector<float> music(double seconds, double semitones = 0, double gain = 0.2) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * kRate));
  base::Random random(1);
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    const int chord = static_cast<int>(t / 2) % 2;
    double value = 0.02 * random.normal();
    for (const int note : {0, chord == 0 ? 4 : 5, chord == 0 ? 7 : 9}) {
      const double hertz = 220 * std::pow(2, (note + semitones) / 12);
      value += std::sin(2 * std::numbers::pi * hertz * t) * std::exp(-4 * std::fmod(t, 0.5));
    }
    samples[n] = static_cast<float>(gain * value);
  }
  return samples;
}

std::span<const float> family(const ExcerptVectors& vectors, std::size_t row, std::string_view name) {
  std::size_t begin = 0;
  for (const ExcerptFamily& one : excerpt_families()) {
    if (one.name == name) return vectors.row(row).subspan(begin, one.columns);
    begin += one.columns;
  }
  return {};
}

double distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(a[i] - b[i], 2);
  return std::sqrt(sum);
}

TEST(Excerpts, EveryFamilyFillsItsColumns) {
  const ExcerptVectors vectors = hear(music(31));
  EXPECT_EQ(vectors.count, 3u);
  // A family that added more or less than it says would move all that follow it.
  EXPECT_EQ(vectors.values.size(), vectors.count * excerpt_columns());
  for (const float value : vectors.values) ASSERT_TRUE(std::isfinite(value));
}

TEST(Excerpts, LengthsDecideHowManyThereAre) {
  EXPECT_EQ(hear(music(0.5)).count, 0u);
  EXPECT_EQ(hear(music(2.9)).count, 0u);
  EXPECT_EQ(hear(music(3.5)).count, 1u);
  EXPECT_EQ(hear(music(14)).count, 1u);
  EXPECT_EQ(hear(music(16)).count, 2u);
}

TEST(Excerpts, OfALongFileAreSpreadEvenlyAndBounded) {
  // 13 excerpts are one too many: every second one stays.
  const ExcerptVectors all = hear(music(10.0 * 13 + 2)), some = hear(music(40));
  EXPECT_EQ(all.count, 7u);
  EXPECT_EQ(distance(all.row(0), some.row(0)), 0);
  EXPECT_LT(distance(family(all, 1, "harmony"), family(some, 2, "harmony")), 1e-6);
}

TEST(Excerpts, SilenceHasNone) {
  EXPECT_EQ(hear(std::vector<float>(20 * kRate)).count, 0u);
  EXPECT_EQ(hear(music(20, 0, 1e-5)).count, 0u);
}

TEST(Excerpts, PiecesDoNotMatter) {
  const auto samples = music(12);
  EXPECT_EQ(hear(samples).values, hear(samples, 1000).values);
}

TEST(Excerpts, HarmonyDoesNotKnowTheKey) {
  const ExcerptVectors here = hear(music(11)), there = hear(music(11, 3));
  std::vector<float> noise(11 * kRate);
  base::Random random(2);
  for (float& value : noise) value = static_cast<float>(0.1 * random.normal());
  const ExcerptVectors other = hear(noise);
  const double moved = distance(family(here, 0, "harmony"), family(there, 0, "harmony"));
  const double unlike = distance(family(here, 0, "harmony"), family(other, 0, "harmony"));
  EXPECT_LT(moved, 0.25 * unlike);
}

TEST(Excerpts, OnlyDynamicsKnowTheGain) {
  const ExcerptVectors loud = hear(music(11, 0, 0.4)), soft = hear(music(11, 0, 0.1));
  for (const char* name : {"harmony", "modulation", "flux", "pulse", "noisiness", "wide_spectrum"})
    EXPECT_LT(distance(family(loud, 0, name), family(soft, 0, name)), 0.35) << name;
  EXPECT_GT(distance(family(loud, 0, "dynamics"), family(soft, 0, "dynamics")), 10);
}

TEST(StereoImage, TellsMonoFromWideAndSides) {
  base::Random random(4);
  std::vector<float> planes(2 * 44100);
  for (float& value : planes) value = static_cast<float>(0.1 * random.normal());
  const math::ConstMatrixView wide{planes.data(), 2, 44100, 44100};
  const math::ConstMatrixView mono{planes.data(), 1, 44100, 44100};
  StereoImage of_wide(44100), of_mono(44100);
  of_wide.push(wide);
  of_mono.push(mono);
  const auto a = of_wide.take(10), b = of_mono.take(10);
  for (std::size_t band = 10; band < StereoImage::kBands; ++band) {
    EXPECT_LT(std::fabs(a.both[band]) / std::sqrt(a.left[band] * a.right[band]), 0.6);
    EXPECT_DOUBLE_EQ(b.both[band], b.left[band]);
  }
  EXPECT_EQ(of_wide.take(10).left[5], 0) << "taken twice";
}

TEST(Series, ByHand) {
  std::vector<float> values = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(impl::mean(values), 2.5);
  EXPECT_NEAR(impl::deviation(values), 1.1180339887, 1e-9);
  EXPECT_DOUBLE_EQ(impl::mean_change(values), 2);
  EXPECT_DOUBLE_EQ(impl::percentile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(impl::percentile(values, 1), 4);
  EXPECT_NEAR(impl::correlation(std::vector<float>{1, 2, 3}, std::vector<float>{2, 4, 7}), 0.99339927, 1e-6);
  EXPECT_DOUBLE_EQ(impl::correlation(std::vector<float>{1, 1}, std::vector<float>{2, 4}), 0);
  const auto repeats = impl::autocorrelation(std::vector<float>{1, -1, 1, -1, 1, -1}, 2);
  EXPECT_FLOAT_EQ(repeats[0], 1);
  EXPECT_NEAR(repeats[1], -5.0 / 6, 1e-6);
  EXPECT_DOUBLE_EQ(impl::mean({}), 0);
}

}  // namespace
}  // namespace mla::audio
