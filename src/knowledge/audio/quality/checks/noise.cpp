#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr std::size_t kBinsABand = 32;  // averaged first, so that the minimum is not far below the mean
constexpr double kMinimumBias = 1.6;    // what the minimum of such averages loses
constexpr double kLowestHz = 1000.0;    // where noise is told from music
constexpr double kHighestShare = 0.68;  // of the Nyquist frequency: codecs cut off what is above
constexpr double kFlat = 0.5;           // the quietest moments of music are far from flat
constexpr double kLeastDbfs = -72.0;
constexpr double kLeastSnrDb = 45.0;
constexpr double kBadSnrDb = 25.0;
constexpr std::size_t kLeastStretches = 8;

// Broadband noise: what each band holds even in its quietest moment (minimum statistics, R. Martin, 2001), if that is
// as flat as hiss is.
class Noise final : public QualityCheck {
 public:
  explicit Noise(const Recording& recording) : recording_(recording) {}

  void push(const Block& block) override { seen_ += block.samples.cols; }

  void look_at(const PowerSpectrum& spectrum) override {
    const std::size_t bands = spectrum.power.size() / kBinsABand;
    band_hz_ = spectrum.bin_hz * kBinsABand;
    quietest_.resize(bands, std::numeric_limits<float>::max());
    double whole = 0;
    for (const float value : spectrum.power) whole += value;
    if (whole < 1e-10) return;  // digital silence is not the room
    for (std::size_t b = 0; b < bands; ++b) {
      float sum = 0;
      for (std::size_t k = b * kBinsABand; k < (b + 1) * kBinsABand; ++k) sum += spectrum.power[k];
      quietest_[b] = std::min(quietest_[b], sum / kBinsABand);
    }
    power_ += whole;
    ++stretches_;
  }

  void finish(std::vector<Finding>& findings) override {
    if (stretches_ < kLeastStretches) return;
    const auto lowest = static_cast<std::size_t>(std::ceil(kLowestHz / band_hz_));
    const auto highest = std::min(quietest_.size(), static_cast<std::size_t>(kHighestShare * quietest_.size()));
    if (highest < lowest + 4) return;
    double sum = 0;
    double logarithms = 0;
    for (std::size_t b = lowest; b < highest; ++b) {
      sum += quietest_[b];
      logarithms += std::log(std::max(quietest_[b], 1e-20F));
    }
    const double mean = sum / static_cast<double>(highest - lowest);
    if (mean <= 0) return;
    const double flatness = std::exp(logarithms / static_cast<double>(highest - lowest)) / mean;
    const double noise = kMinimumBias * mean * static_cast<double>(kBinsABand * quietest_.size());
    const double level = 10 * std::log10(noise);
    const double ratio = 10 * std::log10(power_ / static_cast<double>(stretches_) / noise);
    if (flatness < kFlat || level < kLeastDbfs || ratio > kLeastSnrDb) return;
    findings.push_back({"noise", ratio < kBadSnrDb ? Severity::kError : Severity::kWarning, 0,
                        recording_.seconds(seen_), ratio, "dB",
                        fmt::format("steady noise at {:.0f} dBFS, {:.0f} dB below the music", level, ratio)});
  }

 private:
  Recording recording_;
  std::vector<float> quietest_;  // mean power of a bin, of each band
  double band_hz_ = 0;
  double power_ = 0;  // sum over stretches
  std::size_t stretches_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_noise_check(const Recording& recording) {
  return std::make_unique<Noise>(recording);
}

}  // namespace mla::audio
