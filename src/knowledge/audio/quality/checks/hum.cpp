#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/window.h"
#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr double kReducedHz = 2000.0;    // the rate at which hum is looked for
constexpr std::size_t kWindow = 16384;   // 8 s: notes are shorter, and spread over more than the line of a steady tone
constexpr std::size_t kShortest = 4096;  // of a recording that has no more
constexpr double kHighestHz = 400.0;
constexpr std::array<double, 2> kMains{50.0, 60.0};
constexpr double kDriftHz = 0.15;    // of the mains, at most
constexpr double kNeighbours = 4.0;  // Hz on each side
constexpr double kProminent = 9.0;   // dB above nine tenths of the neighbours
constexpr double kClear = 25.0;      // dB: one line alone is enough
constexpr double kLeastDbfs = -80.0;
constexpr double kBadDbfs = -50.0;

// Lines at the mains frequency and its multiples, narrower than music's.
class Hum final : public QualityCheck {
 public:
  explicit Hum(const Recording& recording)
      : recording_(recording),
        factor_(std::max<std::size_t>(1, static_cast<std::size_t>(recording.sample_rate / kReducedHz))) {}

  void push(const Block& block) override {
    const math::ConstMatrixView& samples = block.samples;
    for (std::size_t begin = 0; begin < samples.cols;) {
      const std::size_t count = std::min(factor_ - in_held_, samples.cols - begin);
      for (std::size_t c = 0; c < samples.rows; ++c) held_ += few(samples.row(c).subspan(begin, count));
      begin += count;
      in_held_ += count;
      if (in_held_ < factor_) continue;
      reduced_.push_back(held_ / static_cast<float>(factor_ * samples.rows));
      held_ = 0;
      in_held_ = 0;
      if (reduced_.size() < kWindow) continue;
      look(kWindow);
      reduced_.erase(reduced_.begin(), reduced_.begin() + kWindow / 2);
    }
    seen_ += samples.cols;
  }

  void finish(std::vector<Finding>& findings) override {
    if (windows_ == 0 && reduced_.size() >= kShortest) look(std::bit_floor(reduced_.size()));
    if (windows_ == 0) return;
    for (const double mains : kMains) {
      std::size_t lines = 0;
      double clearest = 0;
      double power = 0;
      for (int harmonic = 1; harmonic * mains + kNeighbours < kHighestHz; ++harmonic) {
        double line_power = 0;
        const double prominence = prominent(harmonic * mains, harmonic * kDriftHz, line_power);
        if (prominence < kProminent) continue;
        ++lines;
        clearest = std::max(clearest, prominence);
        power += line_power;
      }
      if (lines < 2 && clearest < kClear) continue;
      const double level = 10 * std::log10(std::max(power, 1e-20));
      if (level < kLeastDbfs) continue;
      findings.push_back({"hum", level < kBadDbfs ? Severity::kWarning : Severity::kError, 0, recording_.seconds(seen_),
                          level, "dBFS",
                          fmt::format("mains hum at {:.0f} Hz with {} lines, {:.0f} dBFS", mains, lines, level)});
      return;
    }
  }

 private:
  // The sum of a few samples, in four parts.
  static float few(std::span<const float> samples) {
    std::array<float, 4> parts{};
    std::size_t i = 0;
    for (; i + 4 <= samples.size(); i += 4) {
      for (std::size_t k = 0; k < 4; ++k) parts[k] += samples[i + k];
    }
    for (; i < samples.size(); ++i) parts[0] += samples[i];
    return (parts[0] + parts[1]) + (parts[2] + parts[3]);
  }

  // Adds the spectrum of the first `length` reduced samples.
  void look(std::size_t length) {
    RealFft fft(length);
    const std::vector<float> window = hann_window(length);
    std::vector<float> samples(reduced_.begin(), reduced_.begin() + static_cast<std::ptrdiff_t>(length));
    for (std::size_t i = 0; i < length; ++i) samples[i] *= window[i];
    std::vector<std::complex<float>> spectrum(length / 2 + 1);
    fft.forward(samples, spectrum);
    bin_hz_ = static_cast<double>(recording_.sample_rate) / static_cast<double>(factor_ * length);
    power_.resize(std::min(length / 2, static_cast<std::size_t>(kHighestHz / bin_hz_)));
    // A sine of amplitude a has the peak power (a length / 4)² under a Hann window, and the mean square a² / 2.
    const double scale = 8.0 / (static_cast<double>(length) * static_cast<double>(length));
    for (std::size_t k = 0; k < power_.size(); ++k) power_[k] += scale * std::norm(spectrum[k]);
    ++windows_;
  }

  // By how many dB a line within `drift` of `hz` stands out, 0 if there is none; `power` is its mean square.
  double prominent(double hz, double drift, double& power) const {
    const auto at = [&](double f) {
      return std::min(power_.size() - 1, static_cast<std::size_t>(std::lround(std::max(0.0, f) / bin_hz_)));
    };
    if (power_.size() < at(hz) + 2) return 0;
    const std::size_t peak =
        static_cast<std::size_t>(std::max_element(power_.begin() + static_cast<std::ptrdiff_t>(at(hz - drift)),
                                                  power_.begin() + static_cast<std::ptrdiff_t>(at(hz + drift)) + 1) -
                                 power_.begin());
    std::vector<double> beside;
    for (std::size_t k = at(hz - kNeighbours); k <= at(hz + kNeighbours); ++k) {
      const std::size_t distance = k > peak ? k - peak : peak - k;
      if (distance > 3) beside.push_back(power_[k]);
    }
    if (beside.empty()) return 0;
    const auto nine_tenths = beside.begin() + static_cast<std::ptrdiff_t>(beside.size() * 9 / 10);
    std::nth_element(beside.begin(), nine_tenths, beside.end());
    power = power_[peak] / static_cast<double>(windows_);
    return 10 * std::log10((power_[peak] + 1e-20) / (*nine_tenths + 1e-20));
  }

  Recording recording_;
  std::size_t factor_;
  float held_ = 0;  // sum of the samples that become the next reduced one
  std::size_t in_held_ = 0;
  std::vector<float> reduced_;
  std::vector<double> power_;  // of each bin, summed over windows
  double bin_hz_ = 0;
  std::size_t windows_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_hum_check(const Recording& recording) { return std::make_unique<Hum>(recording); }

}  // namespace mla::audio
