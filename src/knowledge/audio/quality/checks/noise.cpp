#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr std::size_t kBinsABand = 32;     // averaged: noise then varies by 1 dB from stretch to stretch
constexpr double kLowestHz = 1000.0;       // where noise is told from music
constexpr double kHighestShare = 0.96;     // of the Nyquist frequency: converters cut off what is above
constexpr double kQuietest = 0.02;         // share of the stretches below the first level that is compared …
constexpr double kQuiet = 0.2;             // … and below the second
constexpr double kSteadyDb = 2.0;          // between them: music's quiet moments differ by more
constexpr double kToneDb = 0.3;            // … and a held tone's by less
constexpr double kMeanAboveQuietDb = 0.8;  // noise's mean level
constexpr double kFlatDb = 4.0;            // bands this far from each other are one noise
constexpr std::size_t kFewestBands = 4;    // that are, 1.4 kHz at 44.1 kHz
constexpr std::size_t kTogether = 8;       // neighbouring bands that are looked at as one, 2.8 kHz at 44.1 kHz …
constexpr double kTogetherHz = 2700.0;     // … from here on: below, music holds its notes
constexpr double kFewest = 0.01;           // share of their moments below the first level that is compared …
constexpr double kFew = 0.1;               // … and below the second
constexpr double kTogetherDb = 2.9;        // between them: music differs by 3.1 and more, noise alone by 1
constexpr double kMeanAboveFewDb = 1.2;    // noise's mean level
constexpr double kLeastDbfs = -72.0;
constexpr double kLeastSnrDb = 45.0;
constexpr double kBadSnrDb = 25.0;
constexpr std::size_t kLeastStretches = 24;  // about 5 s

// How often a band had which level.
class Levels {
 public:
  void add(double decibels) {
    const double step = std::clamp((decibels - kLowestDb) / kStepDb, 0.0, kSteps - 1.0);
    ++counts_[static_cast<std::size_t>(step)];
    ++all_;
  }
  void add(const Levels& others) {
    for (std::size_t i = 0; i < kSteps; ++i) counts_[i] += others.counts_[i];
    all_ += others.all_;
  }
  // The level below which `share` of them are.
  double quantile(double share) const {
    const double wanted = share * all_;
    double below = 0;
    for (std::size_t i = 0; i < kSteps; ++i) {
      if (below + counts_[i] > wanted) {
        return kLowestDb + kStepDb * (static_cast<double>(i) + (wanted - below) / counts_[i]);
      }
      below += counts_[i];
    }
    return 0;
  }

 private:
  static constexpr double kLowestDb = -160;
  static constexpr double kStepDb = 0.25;
  static constexpr std::size_t kSteps = 640;  // to 0 dB
  std::array<std::uint32_t, kSteps> counts_{};
  double all_ = 0;
};

// Steady broadband noise: what is left when the music pauses in a band, if it is the same in all its quietest moments
// (quantiles instead of the minimum of R. Martin's minimum statistics, 2001) and in several bands. Music is at its
// quietest only once; noise waits below it all the time. Where cymbals leave it only a tenth of the time, one band has
// too few such moments: neighbouring bands together have enough, and noise is as loud in each of them.
class Noise final : public QualityCheck {
 public:
  explicit Noise(const Recording& recording) : recording_(recording) {}

  void push(const Block& block) override { seen_ += block.samples.cols; }

  void look_at(const PowerSpectrum& spectrum) override {
    bands_.resize(spectrum.power.size() / kBinsABand);
    band_hz_ = spectrum.bin_hz * kBinsABand;
    const double whole = sum(spectrum.power);
    if (whole < 1e-10) return;  // digital silence is not the room
    for (std::size_t b = 0; b < bands_.size(); ++b) {
      const float mean = sum(spectrum.power.subspan(b * kBinsABand, kBinsABand)) / kBinsABand;
      bands_[b].add(10 * std::log10(mean + 1e-20F));
    }
    power_ += whole;
    ++stretches_;
  }

  void finish(std::vector<Finding>& findings) override {
    if (stretches_ < kLeastStretches) return;
    auto level = noise_level();
    if (!level) level = level_of_neighbours();
    if (!level) return;
    const double ratio = music() - *level;
    findings.push_back({"noise", ratio < kBadSnrDb ? Severity::kError : Severity::kWarning, 0,
                        recording_.seconds(seen_), ratio, "dB",
                        fmt::format("steady noise at {:.0f} dBFS, {:.0f} dB below the music", *level, ratio)});
  }

 private:
  double music() const { return 10 * std::log10(power_ / static_cast<double>(stretches_)); }

  // Level of the noise in the whole spectrum as if it were white, dBFS.
  std::optional<double> noise_level() const {
    const double bins = 10 * std::log10(static_cast<double>(kBinsABand * bands_.size()));
    const auto lowest = static_cast<std::size_t>(std::ceil(kLowestHz / band_hz_));
    const auto highest = static_cast<std::size_t>(kHighestShare * static_cast<double>(bands_.size()));
    std::vector<double> steady;  // levels of bands that hold noise
    for (std::size_t b = lowest; b < highest; ++b) {
      const double quiet = bands_[b].quantile(kQuiet);
      const double spread = quiet - bands_[b].quantile(kQuietest);
      const double level = quiet + kMeanAboveQuietDb + bins;
      const bool heard = level > kLeastDbfs && music() - level < kLeastSnrDb;
      if (spread > kToneDb && spread < kSteadyDb && heard) steady.push_back(level);
    }
    std::sort(steady.begin(), steady.end());
    std::size_t most = kFewestBands - 1;
    std::optional<double> level;
    for (auto first = steady.begin(); first != steady.end(); ++first) {
      const auto end = std::upper_bound(first, steady.end(), *first + kFlatDb);
      const auto count = static_cast<std::size_t>(end - first);
      if (count <= most) continue;
      most = count;
      level = *(first + static_cast<std::ptrdiff_t>(count / 2));
    }
    return level;
  }

  // The same from kTogether neighbouring bands at a time; the lowest that is steady.
  std::optional<double> level_of_neighbours() const {
    const double bins = 10 * std::log10(static_cast<double>(kBinsABand * bands_.size()));
    const auto highest = static_cast<std::size_t>(kHighestShare * static_cast<double>(bands_.size()));
    std::optional<double> lowest;
    for (auto first = static_cast<std::size_t>(std::ceil(kTogetherHz / band_hz_)); first + kTogether <= highest;
         ++first) {
      Levels together;
      for (std::size_t b = first; b < first + kTogether; ++b) together.add(bands_[b]);
      const double quiet = together.quantile(kFew);
      const double spread = quiet - together.quantile(kFewest);
      const double level = quiet + kMeanAboveFewDb + bins;
      if (spread <= kToneDb || spread >= kTogetherDb || level <= kLeastDbfs || music() - level >= kLeastSnrDb) continue;
      if (!lowest || level < *lowest) lowest = level;
    }
    return lowest;
  }

  Recording recording_;
  std::vector<Levels> bands_;
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
