#include "knowledge/audio/descriptors/constant_q.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "knowledge/audio/descriptors/chroma.h"

namespace mla::audio {
namespace {

std::vector<float> tone(double hz, int sample_rate, std::size_t samples = 30000) {
  std::vector<float> y(samples);
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / sample_rate));
  }
  return y;
}

std::size_t loudest_class(const FeatureMatrix& chroma, std::size_t frame) {
  const float* classes = chroma.values.data() + frame * kPitchClasses;
  return static_cast<std::size_t>(std::max_element(classes, classes + kPitchClasses) - classes);
}

TEST(ConstantQ, ATonesClassIsTheLoudestInEveryOctaveAndAtEveryRate) {
  const std::vector<std::pair<int, double>> cases{{11025, 110}, {22050, 440}, {44100, 1760}, {96000, 440}};
  for (const auto& [rate, hz] : cases) {
    const auto chroma = chroma_cqt(tone(hz, rate), rate, 512);
    ASSERT_TRUE(chroma.ok()) << rate;
    EXPECT_EQ(loudest_class(*chroma, chroma->frames / 2), 9U) << hz << " Hz is an A, at " << rate;
  }
}

TEST(ConstantQ, FollowsTheTuningOfTheRecording) {
  const double quarter_tone_low = 440 * std::exp2(-0.3 / 12);
  const auto chroma = chroma_cqt(tone(quarter_tone_low, 22050), 22050, 512);
  EXPECT_EQ(loudest_class(*chroma, chroma->frames / 2), 9U);
}

TEST(ConstantQ, SaysWhatItCannotDo) {
  EXPECT_NE(chroma_cqt(tone(440, 22050), 22050, 500).error().message.find("multiple of 64, not 500"),
            std::string::npos);
  EXPECT_NE(chroma_cqt(tone(440, 8000), 8000, 512).error().message.find("at least"), std::string::npos);
  EXPECT_EQ(chroma_cqt(tone(440, 22050, 30), 22050, 512).error().code, base::ErrorCode::kInvalidArgument);
}

TEST(ConstantQ, SilenceHasNoPitch) {
  const auto chroma = chroma_cqt(std::vector<float>(5000), 22050, 512);
  ASSERT_TRUE(chroma.ok());
  for (const float value : chroma->values) EXPECT_EQ(value, 0);
  for (const float value : tonnetz(*chroma).values) EXPECT_EQ(value, 0);
}

// Hand-worked: C alone lies at sin 0 = 0 and cos 0 = the radius on each circle.
TEST(Tonnetz, OfOneClassLiesOnTheCircles) {
  FeatureMatrix c{kPitchClasses, 1, false, std::vector<float>(kPitchClasses)};
  c.values[0] = 0.7F;  // scaled to the sum 1
  const FeatureMatrix place = tonnetz(c);
  ASSERT_EQ(place.rows, 6U);
  const std::vector<double> want{0, 1, 0, 1, 0, 0.5};
  for (std::size_t d = 0; d < want.size(); ++d) EXPECT_NEAR(place.values[d], want[d], 1e-6) << d;
}

TEST(Tonnetz, FifthsLieTogetherAndTritonesApart) {
  const auto place = [](std::size_t pitch_class) {
    FeatureMatrix one{kPitchClasses, 1, false, std::vector<float>(kPitchClasses)};
    one.values[pitch_class] = 1;
    return tonnetz(one).values;
  };
  const auto distance = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t d = 0; d < 2; ++d) sum += std::pow(place(a)[d] - place(b)[d], 2);  // the circle of fifths
    return std::sqrt(sum);
  };
  EXPECT_LT(distance(0, 7), distance(0, 2));
  EXPECT_NEAR(distance(0, 6), 2, 1e-5);
}

}  // namespace
}  // namespace mla::audio
