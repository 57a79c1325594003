#include "knowledge/audio/quality/impl/k_weighting.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::audio {
namespace {

// BS.1770-4 prints these coefficients for 48 kHz (tables 1 and 2); direct form II, one sample after the other.
double printed_energy(const std::vector<float>& samples) {
  double s1 = 0, s2 = 0, h1 = 0, h2 = 0, energy = 0;
  for (const float sample : samples) {
    const double s = sample + 1.69065929318241 * s1 - 0.73248077421585 * s2;
    const double shelved = 1.53512485958697 * s - 2.69169618940638 * s1 + 1.19839281085285 * s2;
    s2 = s1;
    s1 = s;
    const double h = shelved + 1.99004745483398 * h1 - 0.99007225036621 * h2;
    const double out = h - 2 * h1 + h2;
    h2 = h1;
    h1 = h;
    energy += out * out;
  }
  return energy;
}

std::vector<float> noise(std::size_t count, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<float> samples(count);
  for (float& sample : samples) sample = static_cast<float>(0.1 * random.normal());
  return samples;
}

TEST(KWeighting, IsThePrintedFilterAt48kHz) {
  const auto first = noise(20000, 1);
  const auto second = noise(20000, 2);
  const auto energy = KWeighting(48000).energy(first, second);
  EXPECT_NEAR(energy[0] / printed_energy(first), 1, 1e-5);
  EXPECT_NEAR(energy[1] / printed_energy(second), 1, 1e-5);
}

TEST(KWeighting, PiecesOfAnySizeGiveTheSameBits) {
  const auto samples = noise(5000, 3);
  KWeighting whole(44100);
  KWeighting pieces(44100);
  const auto wanted = whole.energy(samples, samples);
  EXPECT_EQ(wanted[0], wanted[1]);
  double sum = 0;
  for (std::size_t begin = 0; begin < samples.size(); begin += 777) {
    const auto piece = std::span(samples).subspan(begin, std::min<std::size_t>(777, samples.size() - begin));
    sum += pieces.energy(piece, piece)[0];
  }
  EXPECT_NEAR(sum, wanted[0], 1e-12 * wanted[0]);
}

TEST(KWeighting, ChannelsDoNotTouchEachOther) {
  const auto samples = noise(3000, 4);
  const std::vector<float> silence(3000);
  const auto energy = KWeighting(44100).energy(samples, silence);
  EXPECT_EQ(energy[1], 0);
  EXPECT_EQ(energy[0], KWeighting(44100).energy(samples, samples)[0]);
}

TEST(KWeighting, LowRatesAreWeightedByTheHighPassAlone) {
  std::vector<float> sine(8000);
  for (std::size_t i = 0; i < sine.size(); ++i) {
    sine[i] = static_cast<float>(std::sin(2 * std::numbers::pi * 400 * static_cast<double>(i) / 2000));
  }
  // As in the recommendation it is not brought to a gain of 1: it passes high tones with 1 + K/Q + K².
  const double k = std::tan(std::numbers::pi * 38.135 / 2000);
  const double gain = 1 + k / 0.5003 + k * k;
  EXPECT_NEAR(KWeighting(2000).energy(sine, sine)[0] / 4000, gain * gain, 0.03);
}

// Below twice its corner there is no high-pass: what comes in goes out, also after hours of a constant.
TEST(KWeighting, LowerRatesAreNotWeighted) {
  const std::vector<float> constant(200000, 0.5F);
  const auto random = noise(200000, 5);
  double wanted = 0;
  for (const float sample : random) wanted += static_cast<double>(sample) * sample;
  for (const int rate : {1, 60}) {
    const auto energy = KWeighting(rate).energy(constant, random);
    EXPECT_NEAR(energy[0], 0.25 * 200000, 1e-3) << rate;
    EXPECT_NEAR(energy[1], wanted, 1e-3) << rate;
  }
}

// Music is neither noise nor a tone: a fade, silence, and a jump, against the filters as they are printed.
TEST(KWeighting, FollowsWhatChanges) {
  auto samples = noise(48000, 6);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] *= static_cast<float>(i < 24000 ? std::exp(-static_cast<double>(i) / 3000) : i < 36000 ? 0.0 : 4.0);
    if (i >= 40000) samples[i] += 0.5F;
  }
  KWeighting meter(48000);
  double sum = 0;
  for (std::size_t begin = 0; begin < samples.size(); begin += 4800) {
    const auto piece = std::span(samples).subspan(begin, 4800);
    sum += meter.energy(piece, piece)[0];
  }
  EXPECT_NEAR(sum / printed_energy(samples), 1, 1e-5);
}

}  // namespace
}  // namespace mla::audio
