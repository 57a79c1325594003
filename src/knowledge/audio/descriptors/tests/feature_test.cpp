#include "knowledge/audio/descriptors/feature.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <numbers>
#include <sstream>

#include <gtest/gtest.h>

#include "knowledge/audio/descriptors/summary.h"

namespace mla::audio {
namespace {

constexpr int kRate = 22050;
constexpr int kSeconds = 3;
constexpr double kTurn = 2 * std::numbers::pi;

// The generator of tools/audio_golden/reference.py.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 40) / (1 << 23) - 1;
  }

 private:
  std::uint64_t state_;
};

// The signals of tools/audio_golden/reference.py.
std::vector<float> signal(const std::string& name) {
  constexpr int kSamples = kRate * kSeconds;
  std::vector<double> y(kSamples);
  if (name == "chirp") {
    for (int i = 0; i < kSamples; ++i) {
      const double t = static_cast<double>(i) / kRate;
      y[static_cast<std::size_t>(i)] = 0.5 * std::sin(kTurn * (110 * t + (4000.0 - 110) / (2 * kSeconds) * t * t));
    }
  } else if (name == "noise") {
    Noise noise(1);
    for (double& value : y) value = 0.3 * noise.next();
  } else if (name == "clicks") {
    Noise noise(2);
    for (double& value : y) value = 0.01 * noise.next();
    for (int start = 0; start < kSamples; start += kRate / 2) {
      for (int i = 0; i < std::min(200, kSamples - start); ++i) {
        y[static_cast<std::size_t>(start + i)] += 0.8 * std::exp(-i / 40.0) * std::cos(0.3 * i);
      }
    }
  } else {
    Noise noise(3);
    for (int i = 0; i < kSamples; ++i) {
      const double t = static_cast<double>(i) / kRate;
      double sum = 0;
      for (const double root : {220.0, 277.18, 329.63}) {
        for (int harmonic = 1; harmonic < 7; ++harmonic) {
          sum += 0.1 / harmonic * std::sin(kTurn * root * std::exp2(0.2 / 12) * harmonic * t);
        }
      }
      y[static_cast<std::size_t>(i)] = sum * std::exp(-std::fmod(t, 1)) + 0.001 * noise.next();
    }
  }
  return {y.begin(), y.end()};
}

FeatureMatrix feature(std::span<const float> samples, std::string_view name, const FeatureOptions& options = {}) {
  auto result = extract(samples, name, options);
  EXPECT_TRUE(result.ok()) << name;
  return std::move(result).value();
}

// Numbers of librosa 0.10.2 (tools/audio_golden/make.py). Parity: 1e-4 of the largest value; where a value is a bin or
// a count, half a percent of the values may differ.
TEST(FeatureGoldenTest, EqualsLibrosaOnGeneratedSignals) {
  std::ifstream file("src/knowledge/audio/descriptors/tests/librosa.golden");
  ASSERT_TRUE(file) << "run from the project's root";
  std::string line, last;
  std::vector<float> samples;
  int features = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string from, name;
    std::size_t rows = 0, frames = 0, step = 0;
    double largest = 0;
    words >> from >> name >> rows >> frames >> largest >> step;
    if (from != last) samples = signal(from);
    last = from;
    const FeatureMatrix matrix = feature(samples, name);
    ASSERT_EQ(matrix.rows, rows) << name;
    ASSERT_EQ(matrix.frames, frames) << name;
    std::size_t wrong = 0, values = 0;
    double want = 0, worst = 0;
    for (std::size_t at = 0; words >> want; at += step, ++values) {
      ASSERT_LT(at, matrix.values.size());
      const double error = std::fabs(static_cast<double>(matrix.values[at]) - want);
      worst = std::max(worst, error);
      wrong += error > 1e-4 * largest ? 1 : 0;
    }
    ASSERT_GT(values, 0u);
    const bool discrete = name == "spectral_rolloff" || name == "zero_crossing_rate";
    EXPECT_LE(wrong, discrete ? values / 200 + 1 : 0) << from << ' ' << name << ": " << worst << " of " << largest;
    ++features;
  }
  EXPECT_EQ(features, 4 * 17);
}

TEST(FeatureTest, OddSizesWorkAndUnfitOnesAreNamed) {
  const auto samples = signal("chord");
  FeatureOptions options;
  options.stft.n_fft = 1000;
  options.stft.hop_length = 333;
  for (const FeatureKind& kind : feature_kinds()) {
    if (kind.name == "chroma_cqt" || kind.name == "tonnetz") {  // halve the hop six times
      EXPECT_NE(extract(samples, kind.name, options).error().message.find("multiple of 64, not 333"),
                std::string::npos);
      continue;
    }
    const FeatureMatrix matrix = feature(samples, kind.name, options);
    EXPECT_EQ(matrix.frames, kind.name == "tuning" ? 1 : 1 + samples.size() / 333) << kind.name;
    for (const float value : matrix.values) ASSERT_TRUE(std::isfinite(value)) << kind.name;
  }
  options.n_mfcc = 200;
  EXPECT_NE(extract(samples, "mfcc", options).error().message.find("n-mfcc is 200"), std::string::npos);
  options = {};
  options.stft.sample_rate = 8000;
  EXPECT_EQ(extract(samples, "spectral_contrast", options).error().code, base::ErrorCode::kInvalidArgument);
  options = {};
  options.convention = Convention::kEssentia;
  EXPECT_EQ(extract(samples, "rms", options).error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_NE(extract(samples, "loudness", {}).error().message.find("mfcc"), std::string::npos);
  EXPECT_NE(extract(std::span(samples).first(600), "mfcc_delta", {}).error().message.find("9 frames"),
            std::string::npos);
}

TEST(FeatureTest, SilenceAndOneSampleGiveNumbers) {
  for (const auto& samples : {std::vector<float>(5000, 0.0f), std::vector<float>(1, 0.5f)}) {
    for (const FeatureKind& kind : feature_kinds()) {
      const auto matrix = extract(samples, kind.name, {});
      if (!matrix.ok()) continue;  // deltas of one frame
      for (const float value : matrix->values) ASSERT_TRUE(std::isfinite(value)) << kind.name;
    }
  }
}

TEST(FeatureTest, EssentiaBandsGiveTheLogPowerOfWhiteLevels) {
  // A click's spectrum is flat: |X| = w at every bin, so that each band of sum 1 has the power w² and only the first
  // coefficient is not zero: √40 · 20 log10 w².
  std::vector<float> samples(4096, 0.0f);
  samples[2048] = 1;
  FeatureOptions options;
  options.convention = Convention::kEssentia;
  const FeatureMatrix mfcc = feature(samples, "mfcc", options);
  EXPECT_EQ(mfcc.rows, 13u);
  const float* column = mfcc.values.data() + 3 * 13;  // the window is ½ there: sample 2048 lies 512 after the centre
  EXPECT_NEAR(column[0], std::sqrt(40.0) * 20 * std::log10(0.25), 1e-2);
  for (int row = 1; row < 13; ++row) EXPECT_NEAR(column[row], 0, 1e-2);
}

TEST(FeatureTest, NpyIsReadableAsFortranOrder) {
  const FeatureMatrix matrix{2, 3, false, {1, 2, 3, 4, 5, 6}};
  const std::string bytes = to_npy(matrix);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const auto header = static_cast<std::size_t>(static_cast<unsigned char>(bytes[8]));
  EXPECT_EQ((10 + header) % 64, 0u);
  EXPECT_EQ(bytes.size(), 10 + header + 6 * 4);
  EXPECT_NE(bytes.find("'fortran_order': True, 'shape': (2, 3)"), std::string::npos);
}

// The summary keeps frames packed until it knows the tuning and the peak: its statistics are those of the features.
TEST(SummaryTest, EqualsTheStatisticsOfTheFeatures) {
  for (const std::string name : {"noise", "clicks", "chord"}) {
    const auto samples = signal(name);
    Summary summary({});
    Stft stft({}, {&summary});
    stft.push(samples);
    stft.finish();
    const DescriptorSummary& result = summary.result();
    std::map<std::string_view, FeatureMatrix> features;
    const auto compare = [&](std::string_view feature_name, std::size_t row, const Spread& spread) {
      if (!features.contains(feature_name)) features[feature_name] = feature(samples, feature_name);
      const FeatureMatrix& matrix = features[feature_name];
      double mean = 0, square = 0, largest = 0;
      for (std::size_t f = 0; f < matrix.frames; ++f) {
        const double value = matrix.values[f * matrix.rows + row];
        mean += value / static_cast<double>(matrix.frames);
        square += value * value / static_cast<double>(matrix.frames);
      }
      for (const float value : matrix.values) largest = std::max(largest, std::fabs(static_cast<double>(value)));
      EXPECT_NEAR(spread.mean, mean, 2e-4 * largest) << name << ' ' << feature_name << ' ' << row;
      EXPECT_NEAR(spread.deviation, std::sqrt(std::max(0.0, square - mean * mean)), 1e-3 * largest)
          << name << ' ' << feature_name << ' ' << row;
    };
    EXPECT_EQ(result.frames, 130u);
    compare("spectral_centroid", 0, result.spectral_centroid);
    compare("spectral_bandwidth", 0, result.spectral_bandwidth);
    compare("spectral_rolloff", 0, result.spectral_rolloff);
    compare("spectral_flatness", 0, result.spectral_flatness);
    compare("zero_crossing_rate", 0, result.zero_crossing_rate);
    compare("rms", 0, result.rms);
    for (std::size_t row = 0; row < 13; ++row) compare("mfcc", row, result.mfcc[row]);
    for (std::size_t row = 0; row < 12; ++row) compare("chroma_stft", row, result.chroma[row]);
    for (std::size_t row = 0; row < 7; ++row) compare("spectral_contrast", row, result.spectral_contrast[row]);
    EXPECT_NEAR(result.tuning, static_cast<double>(feature(samples, "tuning").values[0]), 0.011);
  }
}

}  // namespace
}  // namespace mla::audio
