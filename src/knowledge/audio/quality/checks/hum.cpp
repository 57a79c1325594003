#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "foundation/math/matrix.h"
#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/dsp/window.h"
#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr double kReducedHz = 2000.0;  // the rate at which hum is looked for
constexpr std::size_t kWindow = 512;   // a quarter of a second: shorter than most notes
constexpr std::size_t kHop = 128;
constexpr std::size_t kSection = 312;  // hops, 20 s
constexpr std::size_t kFewest = 62;    // 4 s: below, lines are wider than what they are compared with
constexpr std::size_t kBeside = 1;     // bins on each side that say how loud the music is

constexpr std::array<double, 2> kMains{50.0, 60.0};
constexpr double kHighestHz = 400.0;
constexpr double kNoneHz = 4.0;       // above it and below kHighestHz
constexpr double kStepHz = 0.04;      // of the fine spectrum around a line, which reaches …
constexpr int kSteps = 60;            // … so many steps, 2.4 Hz, to each side
constexpr int kDriftSteps = 2;        // of the mains: 0.08 Hz; multiples drift so many times more
constexpr double kWidthHz = 0.2;      // what belongs to a line
constexpr double kAbove = 5.0;        // dB: more than the highest beside it, and this, a line does not count
constexpr double kMost = 10.0;        // dB: what one line counts at most
constexpr double kProminent = 24;     // dB: as far as all lines together stand out
constexpr double kLine = 3.0;         // dB: as far as a line that is counted stands out
constexpr double kNothing = 1e-12;    // power
constexpr double kQuietShare = 1e-4;  // of the median power: quieter moments count no more
constexpr double kLeastDbfs = -80.0;
constexpr double kBadDbfs = -50.0;

// The fine spectrum around one multiple of the mains frequency, in which a line of hum has the width of the whole
// section. Music is far louder than hum most of the time, but not always: each moment counts by the inverse of the
// power around the line, as the best linear estimate of a steady amplitude in unsteady noise does.
class Line {
 public:
  static constexpr std::size_t kOffsets = 2 * kSteps + 1;

  explicit Line(double hz) : hz_(hz) {}

  // Adds a section. `spectra` has a row of bins (`bin_hz` apart) for each hop of `hop_seconds`; `turns` for each offset
  // from 0 on a row of the cosines of its phase at each hop, then one of their sines.
  void add(std::span<const std::complex<float>> spectra, std::size_t bins, double bin_hz, double hop_seconds,
           math::ConstMatrixView turns) {
    const std::size_t hops = spectra.size() / bins;
    const auto bin = static_cast<std::size_t>(std::lround(hz_ / bin_hz));
    weights_.resize(hops);
    for (std::size_t t = 0; t < hops; ++t) {
      float around = 0;
      for (std::size_t k = bin - kBeside; k <= bin + kBeside; ++k) around += std::norm(spectra[t * bins + k]);
      weights_[t] = std::max(around / (2 * kBeside + 1), std::norm(spectra[t * bins + bin]));
    }
    sorted_ = weights_;
    const auto middle = sorted_.begin() + static_cast<std::ptrdiff_t>(hops / 2);
    std::nth_element(sorted_.begin(), middle, sorted_.end());
    const auto floor = static_cast<float>(kNothing + kQuietShare * *middle);
    weighted_.resize(2 * hops);
    const std::complex<double> step = std::polar(1.0, -2 * std::numbers::pi * std::fmod(hz_ * hop_seconds, 1.0));
    std::complex<double> turn = 1;
    double total = 0;
    for (std::size_t t = 0; t < hops; ++t) {
      const float weight = 1 / (weights_[t] + floor);
      total += weight;
      const std::complex<float> value = weight * spectra[t * bins + bin] * std::complex<float>(turn);
      turn *= step;
      weighted_[t] = value.real();
      weighted_[hops + t] = value.imag();
    }
    const std::span<const float> x(weighted_.data(), hops), y(weighted_.data() + hops, hops);
    for (int k = 0; k <= kSteps; ++k) {
      const auto cosines = turns.row(2 * static_cast<std::size_t>(k)).first(hops);
      const auto sines = turns.row(2 * static_cast<std::size_t>(k) + 1).first(hops);
      const double x_cosine = dot(x, cosines), x_sine = dot(x, sines);
      const double y_cosine = dot(y, cosines), y_sine = dot(y, sines);
      const auto add = [&](int offset, double real, double imaginary) {
        const double power = real * real + imaginary * imaginary;
        const int at = kSteps + offset;
        decibels_[static_cast<std::size_t>(at)] += 10 * std::log10(power / total + 1e-9);
        powers_[static_cast<std::size_t>(at)] += power / (total * total);
      };
      add(k, x_cosine - y_sine, x_sine + y_cosine);
      if (k > 0) add(-k, x_cosine + y_sine, y_cosine - x_sine);  // the same, turning the other way
    }
    ++sections_;
  }

  double hz() const { return hz_; }

  // By how many dB the line stands out above nine tenths of what is around it (and hardly more than above all of it: a
  // drum that strikes to a machine's clock has lines too, one at every multiple of the tempo), if it is `offset` steps
  // away from where it should be; `power` becomes the mean square magnitude of its bin.
  double prominence(int offset, double& power) const {
    const int middle = kSteps + offset;
    std::vector<double> beside;
    double line = -1e9;
    for (int i = 0; i <= 2 * kSteps; ++i) {
      const double value = decibels_[static_cast<std::size_t>(i)] / sections_;
      if (std::abs(i - middle) <= 1 && value > line) {
        line = value;
        power = powers_[static_cast<std::size_t>(i)] / sections_;
      }
      if (std::abs(i - middle) * kStepHz > kWidthHz) beside.push_back(value);
    }
    const double highest = *std::max_element(beside.begin(), beside.end());
    const auto nine_tenths = beside.begin() + static_cast<std::ptrdiff_t>(beside.size() * 9 / 10);
    std::nth_element(beside.begin(), nine_tenths, beside.end());
    return std::min(line - *nine_tenths, line - highest + kAbove);
  }

 private:
  double hz_;
  std::array<double, kOffsets> decibels_{};  // sums over sections
  std::array<double, kOffsets> powers_{};
  double sections_ = 0;
  std::vector<float> weights_;
  std::vector<float> sorted_;
  std::vector<float> weighted_;  // real parts of all hops, then imaginary parts
};

// Steady lines at the mains frequency and its multiples, which together are one drifting frequency.
class Hum final : public QualityCheck {
 public:
  explicit Hum(const Recording& recording)
      : recording_(recording),
        factor_(std::max<std::size_t>(1, static_cast<std::size_t>(recording.sample_rate / kReducedHz))),
        rate_(static_cast<double>(recording.sample_rate) / static_cast<double>(factor_)),
        fft_(kWindow),
        window_(hann_window(kWindow)),
        windowed_(kWindow),
        spectrum_(kWindow / 2 + 1) {
    const double highest = std::min(kHighestHz, rate_ / 2) - kNoneHz;
    for (std::size_t m = 0; m < kMains.size(); ++m) {
      for (int harmonic = 1; harmonic * kMains[m] < highest; ++harmonic) {
        const double hz = harmonic * kMains[m];
        if (hz / bin_hz() < kBeside + 1 || hz / bin_hz() + kBeside + 1 > static_cast<double>(spectrum_.size() - 1))
          continue;
        lines_[m].emplace_back(hz);
        bins_ = std::max(bins_, static_cast<std::size_t>(std::lround(hz / bin_hz())) + kBeside + 1);
      }
    }
  }

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
      look();
      reduced_.erase(reduced_.begin(), reduced_.begin() + kHop);
    }
    seen_ += samples.cols;
  }

  void finish(std::vector<Finding>& findings) override {
    // What is left is a section of its own if it is long enough to count as much as the others.
    if (hops() >= (sections_ == 0 ? kFewest : kSection / 2)) end_section();
    if (sections_ == 0) return;
    std::optional<Found> best;
    for (std::size_t m = 0; m < kMains.size(); ++m) {
      const Found found = judge(lines_[m]);
      if (!best || found.together > best->together) best = found, best->mains = kMains[m];
    }
    if (best->together < kProminent || best->dbfs < kLeastDbfs) return;
    findings.push_back(
        {"hum", best->dbfs < kBadDbfs ? Severity::kWarning : Severity::kError, 0, recording_.seconds(seen_), best->dbfs,
         "dBFS",
         fmt::format("mains hum at {:.0f} Hz with {} lines, {:.0f} dBFS", best->mains, best->lines, best->dbfs)});
  }

 private:
  struct Found {
    double mains = 0;
    double together = -1;  // dB
    std::size_t lines = 0;
    double dbfs = -200;
  };

  double bin_hz() const { return rate_ / kWindow; }
  std::size_t hops() const { return bins_ == 0 ? 0 : spectra_.size() / bins_; }

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

  void look() {
    if (bins_ == 0) return;
    for (std::size_t i = 0; i < kWindow; ++i) windowed_[i] = reduced_[i] * window_[i];
    fft_.forward(windowed_, spectrum_);
    spectra_.insert(spectra_.end(), spectrum_.begin(), spectrum_.begin() + static_cast<std::ptrdiff_t>(bins_));
    if (hops() == kSection) end_section();
  }

  void end_section() {
    const double hop_seconds = kHop / rate_;
    if (turns_.rows() == 0) {
      turns_ = math::Matrix(2 * (kSteps + 1), kSection);
      for (std::size_t i = 0; i <= kSteps; ++i) {
        const double step = -2 * std::numbers::pi * kStepHz * hop_seconds * static_cast<double>(i);
        for (std::size_t t = 0; t < kSection; ++t) {
          turns_(2 * i, t) = static_cast<float>(std::cos(step * static_cast<double>(t)));
          turns_(2 * i + 1, t) = static_cast<float>(std::sin(step * static_cast<double>(t)));
        }
      }
    }
    for (auto& of_mains : lines_) {
      for (Line& line : of_mains) line.add(spectra_, bins_, bin_hz(), hop_seconds, turns_.view());
    }
    spectra_.clear();
    ++sections_;
  }

  // The lines together at the drift at which they stand out farthest.
  Found judge(std::span<const Line> lines) const {
    Found best;
    for (int drift = -kDriftSteps; drift <= kDriftSteps; ++drift) {
      Found found{.together = 0};
      double all = 0;
      for (std::size_t h = 0; h < lines.size(); ++h) {
        double power = 0;
        const int multiple = static_cast<int>(std::lround(lines[h].hz() / lines[0].hz()));
        const double prominence = lines[h].prominence(drift * multiple, power);
        found.together += std::clamp(prominence - 1, 0.0, kMost);
        if (prominence < kLine) continue;
        ++found.lines;
        all += power * full_scale(lines[h].hz());
      }
      found.dbfs = 10 * std::log10(all + 1e-20);
      if (found.together > best.together) best = found;
    }
    return best;
  }

  // Mean square of a sine at `hz` whose nearest bin has the square magnitude 1.
  double full_scale(double hz) const {
    const double away = hz / bin_hz() - static_cast<double>(std::lround(hz / bin_hz()));
    std::complex<double> response = 0;
    for (std::size_t i = 0; i < kWindow; ++i) {
      response += static_cast<double>(window_[i]) *
                  std::polar(1.0, 2 * std::numbers::pi * away * static_cast<double>(i) / kWindow);
    }
    return 2 / std::norm(response);
  }

  Recording recording_;
  std::size_t factor_;
  double rate_;  // Hz, of the reduced samples
  RealFft fft_;
  std::vector<float> window_;
  std::vector<float> windowed_;
  std::vector<std::complex<float>> spectrum_;
  float held_ = 0;  // sum of the samples that become the next reduced one
  std::size_t in_held_ = 0;
  std::vector<float> reduced_;
  std::array<std::vector<Line>, kMains.size()> lines_;
  std::size_t bins_ = 0;                      // that lines look at; 0 if the rate is too low for any
  std::vector<std::complex<float>> spectra_;  // hops × bins of the current section
  math::Matrix turns_;                        // what Line::add wants
  std::size_t sections_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_hum_check(const Recording& recording) { return std::make_unique<Hum>(recording); }

}  // namespace mla::audio
