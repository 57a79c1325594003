#include "knowledge/audio/descriptors/spectral.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "knowledge/audio/descriptors/mel.h"

namespace mla::audio {
namespace {

constexpr int kRate = 22050;
constexpr int kLength = 2048;
constexpr std::size_t kBins = kLength / 2 + 1;

// A frame with given magnitudes (and no samples).
struct Made {
  std::vector<float> magnitude = std::vector<float>(kBins);
  std::vector<float> power = std::vector<float>(kBins);

  Frame frame() {
    std::transform(magnitude.begin(), magnitude.end(), power.begin(), [](float m) { return m * m; });
    Frame frame;
    frame.magnitude = magnitude;
    frame.power = power;
    return frame;
  }
};

double hertz(std::size_t bin) { return static_cast<double>(bin) * kRate / kLength; }

TEST(SpectralShape, OfOneLineIsThatLine) {
  const SpectrumMeasure measure(kRate, kLength);
  Made made;
  made.magnitude[100] = 3;
  const SpectralShape shape = measure.shape(made.frame());
  EXPECT_NEAR(shape.centroid, hertz(100), 1e-2);
  EXPECT_NEAR(shape.bandwidth, 0, 0.1);
  EXPECT_NEAR(shape.rolloff, hertz(100), 1e-2);
  EXPECT_LT(shape.flatness, 1e-6);
}

TEST(SpectralShape, OfTwoEqualLinesIsBetweenThem) {
  const SpectrumMeasure measure(kRate, kLength);
  Made made;
  made.magnitude[100] = made.magnitude[300] = 1;
  const SpectralShape shape = measure.shape(made.frame());
  EXPECT_NEAR(shape.centroid, hertz(200), 1e-2);
  EXPECT_NEAR(shape.bandwidth, hertz(100), 1e-1);
  EXPECT_NEAR(shape.rolloff, hertz(300), 1e-2) << "half lies at the lower one, 85 % at the upper";
}

TEST(SpectralShape, OfAFlatSpectrumIsFlat) {
  const SpectrumMeasure measure(kRate, kLength);
  Made made;
  std::fill(made.magnitude.begin(), made.magnitude.end(), 0.1F);
  const SpectralShape shape = measure.shape(made.frame());
  EXPECT_NEAR(shape.flatness, 1, 1e-4);
  EXPECT_NEAR(shape.centroid, kRate / 4.0, 1);
  EXPECT_NEAR(shape.rolloff, 0.85 * kRate / 2, 15);
}

TEST(SpectralShape, OfSilenceIsZeroAndFlat) {
  const SpectrumMeasure measure(kRate, kLength);
  Made made;
  const SpectralShape shape = measure.shape(made.frame());
  EXPECT_EQ(shape.centroid, 0);
  EXPECT_EQ(shape.bandwidth, 0);
  EXPECT_EQ(shape.rolloff, 0);
  EXPECT_NEAR(shape.flatness, 1, 1e-4) << "all bins at the floor, as librosa has it";
}

// librosa.feature.spectral_contrast, band by band: sorted, and the mean of the outer 2 %.
TEST(Contrast, PeaksAndValleysAreTheOuterBinsOfEachOctave) {
  const SpectrumMeasure measure(kRate, kLength);
  base::Random random(8);
  Made made;
  for (float& magnitude : made.magnitude) magnitude = static_cast<float>(std::exp(random.normal()));
  const BandExtremes extremes = measure.extremes(made.frame());
  double low = 0, high = 200;
  for (std::size_t b = 0; b < kContrastBands; ++b, low = high, high *= 2) {
    std::vector<float> band;
    for (std::size_t k = 0; k < kBins; ++k) {
      const bool last = b + 1 == kContrastBands;
      const bool inside = hertz(k) >= low && (last || hertz(k) <= high);
      const bool below = b > 0 && k + 1 < kBins && hertz(k) < low && hertz(k + 1) >= low;
      if (inside || below) band.push_back(made.magnitude[k]);
    }
    const auto count = std::max<std::size_t>(1, static_cast<std::size_t>(std::nearbyint(0.02 * band.size())));
    if (b + 1 < kContrastBands) band.pop_back();
    std::sort(band.begin(), band.end());
    const auto n = static_cast<std::ptrdiff_t>(count);
    const double valley = std::accumulate(band.begin(), band.begin() + n, 0.0) / static_cast<double>(count);
    const double peak = std::accumulate(band.end() - n, band.end(), 0.0) / static_cast<double>(count);
    EXPECT_NEAR(extremes.valley[b], 10 * std::log10(valley), 1e-3) << "band " << b;
    EXPECT_NEAR(extremes.peak[b], 10 * std::log10(peak), 1e-3) << "band " << b;
  }
}

TEST(Contrast, FitsWhereItsLastOctaveBegins) {
  EXPECT_TRUE(SpectrumMeasure::contrast_fits(22050));
  EXPECT_TRUE(SpectrumMeasure::contrast_fits(12802));
  EXPECT_FALSE(SpectrumMeasure::contrast_fits(12800));
  EXPECT_FALSE(SpectrumMeasure::contrast_fits(8000));
}

TEST(Samples, CrossingsAndLevelOfAFrame) {
  std::vector<float> samples(kLength);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i % 2 == 0 ? 0.5F : -0.5F;
  Frame frame;
  frame.samples = samples;
  EXPECT_NEAR(zero_crossing_rate(frame), 2047.0 / 2048, 1e-6);
  EXPECT_NEAR(root_mean_square(frame), 0.5, 1e-6);
  frame.padded_before = 1024;
  EXPECT_NEAR(zero_crossing_rate(frame), 1023.0 / 2048, 1e-6) << "the padding is not looked at, but counted";
}

TEST(Mel, BandsOfAFlatSpectrumHaveSlaneysArea) {
  const MelBank bank = MelBank::slaney(kRate, kLength, 40);
  const std::vector<float> flat(kBins, 1.0F);
  std::vector<float> levels(40);
  bank.apply(flat, levels);
  // Each triangle is 2 / width high and width wide, in Hz: its area is 1, in bins of rate / length Hz.
  for (const float level : levels) EXPECT_NEAR(level, static_cast<double>(kLength) / kRate, 0.006);
}

TEST(Dct, IsOrthonormal) {
  const Dct dct(16, 16);
  base::Random random(2);
  std::vector<float> in(16), out(16);
  double energy = 0, kept = 0;
  for (float& value : in) value = static_cast<float>(random.normal());
  dct.apply(in, out);
  for (const float value : in) energy += static_cast<double>(value) * value;
  for (const float value : out) kept += static_cast<double>(value) * value;
  EXPECT_NEAR(kept, energy, 1e-4);
  std::fill(in.begin(), in.end(), 2.0F);
  dct.apply(in, out);
  EXPECT_NEAR(out[0], 2 * std::sqrt(16.0), 1e-5);
  for (std::size_t r = 1; r < 16; ++r) EXPECT_NEAR(out[r], 0, 1e-5);
}

}  // namespace
}  // namespace mla::audio
