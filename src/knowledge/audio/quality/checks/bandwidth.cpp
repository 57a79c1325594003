#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr double kLowestShelfHz = 9800;
constexpr double kHighestLossyHz = 20400;  // above, converters of 44.1 and 48 kHz cut off too
constexpr double kCodecHz = 300;           // a codec's low-pass is done within this; tape takes octaves
constexpr double kConverterHz = 1200;      // … and a sample rate converter's and its images within this
constexpr double kSideHz = 500;            // of the spectrum on either side that is compared
constexpr double kDropDb = 17;             // sampled instruments reach 14
constexpr double kLowerRateHz = 18500;     // where a converter of 32 kHz ends at the latest, images and all
constexpr double kNearHz = 150;       // of the spectrum on either side: beyond it a codec does, within kCodecHz, …
constexpr double kSteepShare = 0.67;  // … so much of its whole fall: .77 and more, converters of 44.1 kHz .57
constexpr double kFloorBelowLoudestDb = 65;  // what is left above a shelf, against the loudest part
constexpr double kRoundingDb = 1.5;          // above the noise of rounding there is something
constexpr double kEmptyHz = 1500;            // that hold nothing but that noise: less may be a converter's own end
constexpr double kMissingDb = 12;            // that the music would still have where the emptiness begins
constexpr double kLastHz = 1500;             // before the emptiness, in which an edge still falls by …
constexpr double kLastFallDb = 13;           // … so much: converters 14 and more, sampled instruments 11
constexpr double kBeforeShare = 0.66;        // of the empty frequency: below the edge of the widest converter …
constexpr double kTrendShare = 0.48;         // … and what the music's own fall up to there is measured from
constexpr std::size_t kLeastSpectra = 24;    // about 5 s
constexpr double kQuiet = 1e-7;              // mean square: silence shows no shelf

// A steep edge in the mean spectrum of the whole recording, above which there is nothing: the low-pass of a lossy
// encoder, or the Nyquist frequency of a lower sample rate, behind a file that is lossless itself. An edge that moves,
// or that only some passages have, is filled up by the others.
// From 18.5 kHz on the edge may be that of the converter which the recording itself, or a sampled instrument in it, was
// made with. That is a filter of some samples and falls for a kilohertz or two; an encoder leaves out lines of its
// transform and is done at once.
// Cheap converters take a third of an octave for their edge, and quiet music has little to fall from. Both show by what
// is above: nothing but the noise of rounding to the file's bits, where the music, going on as it does below, would
// stand clearly above that noise.
class Bandwidth final : public QualityCheck {
 public:
  explicit Bandwidth(const Recording& recording) : recording_(recording) {}

  void push(const Block& block) override { seen_ += block.samples.cols; }

  void look_at(const PowerSpectrum& spectrum) override {
    if (!recording_.lossless) return;
    const double whole = sum(spectrum.power);
    if (whole < kQuiet) return;
    bin_hz_ = spectrum.bin_hz;
    sum_.resize(spectrum.power.size());
    for (std::size_t k = 0; k < sum_.size(); ++k) sum_[k] += spectrum.power[k];
    ++spectra_;
  }

  void finish(std::vector<Finding>& findings) override {
    if (spectra_ < kLeastSpectra) return;
    for (double& power : sum_) power = 10 * std::log10(power / static_cast<double>(spectra_) + 1e-18);
    auto edge = find_edge();
    if (!edge) edge = find_emptiness();
    if (!edge) return;
    const double nyquist = recording_.sample_rate / 2.0;
    const bool lossy = *edge < kLowerRateHz || (*edge < kHighestLossyHz && falls_at_once(*edge));
    if (lossy && nyquist > kHighestLossyHz) {
      findings.push_back(
          {"lossy_source", Severity::kWarning, 0, recording_.seconds(seen_), *edge, "Hz",
           fmt::format("nothing above a steep edge at {:.1f} kHz: made from a lossy file", *edge / 1000)});
    } else if (*edge < 0.8 * nyquist) {
      findings.push_back({"upsampled", Severity::kInfo, 0, recording_.seconds(seen_), *edge, "Hz",
                          fmt::format("nothing above {:.1f} kHz: made from a lower sample rate", *edge / 1000)});
    }
  }

 private:
  // Mean level of bins [from, to), dB.
  double level(double from, double to) const {
    const auto begin = static_cast<std::size_t>(from / bin_hz_);
    const auto end = std::min(sum_.size(), static_cast<std::size_t>(to / bin_hz_) + 1);
    const double sum = std::accumulate(sum_.begin() + static_cast<std::ptrdiff_t>(std::min(begin, end)),
                                       sum_.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
    return sum / static_cast<double>(std::max<std::size_t>(1, end - std::min(begin, end)));
  }

  std::optional<double> find_edge() const {
    const double nyquist = recording_.sample_rate / 2.0;
    double loudest = -200;
    for (double hz = 0; hz + kSideHz < nyquist; hz += kSideHz) loudest = std::max(loudest, level(hz, hz + kSideHz));
    double best_drop = kDropDb;
    double level_below = 0;
    double width = 0;
    std::optional<double> edge;
    for (const double transition : {kCodecHz, kConverterHz}) {
      const double half = transition / 2;
      for (double hz = kLowestShelfHz; hz + half + kSideHz < nyquist; hz += 50) {
        const double below = level(hz - half - kSideHz, hz - half);
        const double above = level(hz + half, hz + half + kSideHz);
        double drop = below - above;
        if (drop < best_drop) continue;
        if (level(hz + half, nyquist) > loudest - kFloorBelowLoudestDb) continue;
        if (transition == kConverterHz) {  // music itself falls: what it does just below is no edge
          const double before = hz - half - kSideHz - transition;
          drop -= std::max(0.0, level(before - kSideHz, before) - below);
        }
        if (drop < best_drop) continue;
        best_drop = drop;
        level_below = below;
        width = transition;
        edge = hz;
      }
      if (edge) break;
    }
    if (!edge) return edge;
    // Where half the amplitude is gone, looked for from below.
    double hz = *edge - width;
    while (hz < *edge + width && level(hz - 50, hz + 50) > level_below - 6) hz += bin_hz_;
    return hz;
  }

  bool falls_at_once(double edge) const {
    const double half = kCodecHz / 2;
    double most = 0;
    for (double hz = edge - kSideHz; hz < edge + kSideHz; hz += 25)
      most = std::max(most, level(hz - half - kNearHz, hz - half) - level(hz + half, hz + half + kNearHz));
    const double far = kConverterHz / 2;
    return most > kSteepShare * (level(edge - far - kSideHz, edge - far) - level(edge + far, edge + far + kSideHz));
  }

  // Where the music ends, if above it there is only the noise of rounding and the music does not get there by itself.
  std::optional<double> find_emptiness() const {
    if (recording_.bits == 0) return std::nullopt;
    const double top = 0.98 * recording_.sample_rate / 2.0;
    const double rounding =
        -20 * std::log10(2.0) * (recording_.bits - 1) - 10 * std::log10(12.0 * static_cast<double>(sum_.size() - 1));
    const double floor = level(top - 1000, top);
    if (floor > rounding + kRoundingDb) return std::nullopt;
    double empty = top - 1000;
    while (empty > kLowestShelfHz && level(empty - 300, empty) < floor + 2) empty -= 50;
    if (empty <= kLowestShelfHz || top - empty < kEmptyHz) return std::nullopt;
    if (level(empty - kLastHz - 100, empty - kLastHz + 100) < floor + kLastFallDb) return std::nullopt;
    const double before = kBeforeShare * empty;
    const double near = around(before);
    const double slope = std::max(0.0, around(kTrendShare * empty) - near) / std::log2(kBeforeShare / kTrendShare);
    const auto expected = [&](double hz) { return near - slope * std::log2(hz / before); };
    if (expected(empty) < floor + kMissingDb) return std::nullopt;
    double hz = before;
    while (hz < empty && level(hz - 100, hz + 100) > expected(hz) - 6) hz += bin_hz_;
    return hz;
  }

  double around(double hz) const { return level(hz - kSideHz / 2, hz + kSideHz / 2); }

  Recording recording_;
  double bin_hz_ = 0;
  std::vector<double> sum_;  // power of each bin, then its mean in dB
  std::size_t spectra_ = 0;  // that were not silent
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_bandwidth_check(const Recording& recording) {
  return std::make_unique<Bandwidth>(recording);
}

}  // namespace mla::audio
