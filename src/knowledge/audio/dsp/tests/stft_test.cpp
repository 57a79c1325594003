#include "knowledge/audio/dsp/stft.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/window.h"

namespace mla::audio {
namespace {

std::vector<float> noise(std::size_t n) {
  base::Random random(7);
  std::vector<float> samples(n);
  for (float& sample : samples) sample = static_cast<float>(random.uniform() * 2 - 1);
  return samples;
}

class Collect : public FrameConsumer {
 public:
  void frame(const Frame& frame) override {
    EXPECT_EQ(frame.index, magnitudes.size());
    magnitudes.emplace_back(frame.magnitude.begin(), frame.magnitude.end());
    samples.emplace_back(frame.samples.begin(), frame.samples.end());
    before.push_back(frame.padded_before);
    after.push_back(frame.padded_after);
  }
  void finish() override { ++finished; }
  std::vector<std::vector<float>> magnitudes, samples;
  std::vector<std::size_t> before, after;
  int finished = 0;
};

TEST(RealFftTest, EqualsTheDefinitionAtEveryKindOfLength) {
  for (const std::size_t n : {1u, 2u, 3u, 4u, 8u, 16u, 31u, 32u, 64u, 100u, 128u, 441u, 512u, 1000u, 2048u}) {
    RealFft fft(n);
    const auto in = noise(n);
    std::vector<std::complex<float>> out(fft.bins());
    fft.forward(in, out);
    const double scale = std::sqrt(static_cast<double>(n));
    for (std::size_t k = 0; k < out.size(); k += std::max<std::size_t>(1, n / 64)) {
      std::complex<double> sum = 0;
      for (std::size_t j = 0; j < n; ++j) {
        const double angle = -2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n);
        sum += static_cast<double>(in[j]) * std::polar(1.0, angle);
      }
      EXPECT_NEAR(std::abs(std::complex<double>(out[k]) - sum), 0, 2e-7 * scale) << "n " << n << " bin " << k;
    }
    EXPECT_NEAR(out[0].imag(), 0, 1e-6);
  }
}

TEST(RealFftTest, MagnitudesOfAllBins) {
  std::vector<std::complex<float>> spectrum;
  for (int i = 0; i < 37; ++i) spectrum.emplace_back(static_cast<float>(3 * i), static_cast<float>(-4 * i));
  std::vector<float> magnitude(37), power(37);
  magnitudes(spectrum, magnitude, power);
  for (std::size_t i = 0; i < 37; ++i) {
    EXPECT_FLOAT_EQ(magnitude[i], 5 * static_cast<float>(i));
    EXPECT_FLOAT_EQ(power[i], 25 * static_cast<float>(i * i));
  }
}

TEST(WindowTest, HannIsPeriodic) {
  const auto window = hann_window(8);
  EXPECT_EQ(window[0], 0);
  EXPECT_FLOAT_EQ(window[2], 0.5f);
  EXPECT_FLOAT_EQ(window[4], 1);
  EXPECT_FLOAT_EQ(window[6], 0.5f);
  EXPECT_FLOAT_EQ(window[1], window[7]);
}

TEST(StftTest, FramesAreThoseOfThePaddedSignalWhateverThePieces) {
  for (const auto& [n_fft, hop, count] : {std::tuple{64, 16, 1000u},
                                          {60, 7, 333u},
                                          {64, 64, 640u},
                                          {64, 16, 1u},
                                          {2048, 512, 30000u},
                                          {45, 10, 90u},
                                          {45, 10, 91u}}) {
    const auto signal = noise(count);
    const auto n = static_cast<std::size_t>(n_fft);
    Collect whole;
    Stft one({22050, n_fft, hop}, {&whole});
    one.push(signal);
    one.finish();
    EXPECT_EQ(whole.finished, 1);
    const std::size_t padded = count + n / 2 * 2;
    ASSERT_EQ(whole.magnitudes.size(), padded < n ? 0 : 1 + (padded - n) / static_cast<std::size_t>(hop));
    for (std::size_t f = 0; f < whole.samples.size(); ++f) {
      std::size_t before = 0, after = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const auto at = static_cast<std::ptrdiff_t>(f * static_cast<std::size_t>(hop) + i) - n_fft / 2;
        const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(count);
        before += at < 0 ? 1 : 0;
        after += at >= static_cast<std::ptrdiff_t>(count) ? 1 : 0;
        ASSERT_EQ(whole.samples[f][i], inside ? signal[static_cast<std::size_t>(at)] : 0);
      }
      EXPECT_EQ(whole.before[f], before);
      EXPECT_EQ(whole.after[f], after);
    }
    Collect pieces;
    Stft many({22050, n_fft, hop}, {&pieces});
    for (std::size_t at = 0, size = 1; at < count; at += size, size = size % 997 + 13) {
      many.push(std::span(signal).subspan(at, std::min<std::size_t>(size, count - at)));
    }
    many.finish();
    EXPECT_EQ(pieces.magnitudes, whole.magnitudes);
  }
}

TEST(StftTest, ASineStandsInItsBin) {
  std::vector<float> sine(8192);
  for (std::size_t i = 0; i < sine.size(); ++i) {
    sine[i] = static_cast<float>(std::sin(2 * std::numbers::pi * 32 * static_cast<double>(i) / 1024));
  }
  Collect collect;
  Stft stft({22050, 1024, 256}, {&collect});
  stft.push(sine);
  stft.finish();
  const auto& frame = collect.magnitudes[10];
  EXPECT_EQ(std::max_element(frame.begin(), frame.end()) - frame.begin(), 32);
  EXPECT_NEAR(frame[32], 256, 1e-3);  // amplitude · n/2 · mean of the window
  EXPECT_NEAR(frame[31], 128, 1e-3);
}

TEST(StftTest, WithoutSamplesThereAreNoFrames) {
  Collect collect;
  Stft stft({}, {&collect});
  stft.push({});
  stft.finish();
  EXPECT_EQ(stft.frames(), 0u);
  EXPECT_EQ(collect.finished, 1);
}

TEST(StftTest, OptionsOutOfRangeAreNamed) {
  EXPECT_TRUE(check({}).ok());
  EXPECT_NE(check({22050, 8, 4}).error().message.find("n-fft is 8"), std::string::npos);
  EXPECT_NE(check({22050, 2048, 0}).error().message.find("hop-length"), std::string::npos);
  EXPECT_NE(check({1, 2048, 512}).error().message.find("sample-rate"), std::string::npos);
}

}  // namespace
}  // namespace mla::audio
