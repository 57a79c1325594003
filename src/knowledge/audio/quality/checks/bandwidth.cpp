#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr std::size_t kSpectraASegment = 12;  // about 3 s
constexpr double kLowestShelfHz = 10500;
constexpr double kHighestLossyHz = 20400;  // above, converters of 44.1 and 48 kHz cut off too
constexpr double kTransitionHz = 700;      // a codec's low-pass is done within this; tape takes octaves
constexpr double kSideHz = 600;            // of the spectrum on either side that is compared
constexpr double kDropDb = 18;
constexpr double kFloorBelowLoudestDb = 65;  // what is left above a shelf, against the loudest part
constexpr double kSteadyHz = 200;            // a shelf is where it was, whatever the music does
constexpr double kLeastShare = 0.6;          // of the segments that show one
constexpr std::size_t kLeastSegments = 3;
constexpr double kQuietSegment = 1e-7;  // mean square: silence shows no shelf

// A steep edge in the spectrum above which there is nothing, in the same place all the time: the low-pass of a lossy
// encoder, or the Nyquist frequency of a lower sample rate, behind a file that is lossless itself.
class Bandwidth final : public QualityCheck {
 public:
  explicit Bandwidth(const Recording& recording) : recording_(recording) {}

  void push(const Block& block) override { seen_ += block.samples.cols; }

  void look_at(const PowerSpectrum& spectrum) override {
    if (!recording_.lossless) return;
    bin_hz_ = spectrum.bin_hz;
    sum_.resize(spectrum.power.size());
    for (std::size_t k = 0; k < sum_.size(); ++k) sum_[k] += spectrum.power[k];
    if (++in_segment_ == kSpectraASegment) close();
  }

  void finish(std::vector<Finding>& findings) override {
    if (in_segment_ > kSpectraASegment / 2) close();
    if (segments_ < kLeastSegments || edges_.size() < kLeastShare * static_cast<double>(segments_)) return;
    std::sort(edges_.begin(), edges_.end());
    const double edge = edges_[edges_.size() / 2];
    const auto near =
        std::count_if(edges_.begin(), edges_.end(), [&](double hz) { return std::abs(hz - edge) < kSteadyHz; });
    if (static_cast<double>(near) < kLeastShare * static_cast<double>(segments_)) return;
    const double nyquist = recording_.sample_rate / 2.0;
    if (edge < kHighestLossyHz && nyquist > kHighestLossyHz) {
      findings.push_back(
          {"lossy_source", Severity::kWarning, 0, recording_.seconds(seen_), edge, "Hz",
           fmt::format("nothing above a steep edge at {:.1f} kHz: made from a lossy file", edge / 1000)});
    } else if (edge < 0.8 * nyquist) {
      findings.push_back({"upsampled", Severity::kInfo, 0, recording_.seconds(seen_), edge, "Hz",
                          fmt::format("nothing above {:.1f} kHz: made from a lower sample rate", edge / 1000)});
    }
  }

 private:
  void close() {
    double whole = 0;
    for (double& power : sum_) {
      power /= static_cast<double>(in_segment_);
      whole += power;
    }
    if (whole > kQuietSegment) {
      ++segments_;
      if (const auto edge = find_edge()) edges_.push_back(*edge);
    }
    std::fill(sum_.begin(), sum_.end(), 0.0);
    in_segment_ = 0;
  }

  // Mean level of bins [from, to), dB.
  double level(double from, double to) const {
    const auto begin = static_cast<std::size_t>(from / bin_hz_);
    const auto end = std::min(sum_.size(), static_cast<std::size_t>(to / bin_hz_) + 1);
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += 10 * std::log10(sum_[k] + 1e-18);
    return sum / static_cast<double>(std::max<std::size_t>(1, end - begin));
  }

  std::optional<double> find_edge() const {
    const double nyquist = recording_.sample_rate / 2.0;
    double loudest = -200;
    for (double hz = 0; hz + kSideHz < nyquist; hz += kSideHz) loudest = std::max(loudest, level(hz, hz + kSideHz));
    double best_drop = kDropDb;
    double level_below = 0;
    std::optional<double> edge;
    for (double hz = kLowestShelfHz; hz + kTransitionHz / 2 + kSideHz < nyquist; hz += 50) {
      const double below = level(hz - kTransitionHz / 2 - kSideHz, hz - kTransitionHz / 2);
      const double above = level(hz + kTransitionHz / 2, hz + kTransitionHz / 2 + kSideHz);
      if (below - above < best_drop) continue;
      if (level(hz + kTransitionHz / 2, nyquist) > loudest - kFloorBelowLoudestDb) continue;
      best_drop = below - above;
      level_below = below;
      edge = hz;
    }
    if (!edge) return edge;
    // Where half the amplitude is gone, looked for from below.
    double hz = *edge - kTransitionHz;
    while (hz < *edge + kTransitionHz && level(hz - 50, hz + 50) > level_below - 6) hz += bin_hz_;
    return hz;
  }

  Recording recording_;
  double bin_hz_ = 0;
  std::vector<double> sum_;  // power of each bin, over the spectra of this segment
  std::size_t in_segment_ = 0;
  std::size_t segments_ = 0;   // that were not silent
  std::vector<double> edges_;  // Hz, of those that have one
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_bandwidth_check(const Recording& recording) {
  return std::make_unique<Bandwidth>(recording);
}

}  // namespace mla::audio
