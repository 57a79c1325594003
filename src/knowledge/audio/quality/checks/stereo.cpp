#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr double kFalseStereoDb = -60.0;  // what differs, against what is common
constexpr double kInvertedCorrelation = -0.8;
constexpr double kQuiet = 1e-8;       // mean square, -80 dBFS: nothing to say of silence
constexpr double kOneSideDb = -50.0;  // the quieter channel against the louder one

// Two channels that are one, or one of them upside down.
class Stereo final : public QualityCheck {
 public:
  explicit Stereo(const Recording& recording) : recording_(recording) {}

  void push(const Block& block) override {
    seen_ += block.samples.cols;
    if (recording_.channels != 2) return;
    left_ += total(block.energies.row(0));
    right_ += total(block.energies.row(1));
    difference_ += squared_distance(block.samples.row(0), block.samples.row(1));
  }

  void finish(std::vector<Finding>& findings) override {
    if (recording_.channels != 2 || seen_ == 0) return;
    const double loudest = std::max(left_, right_);
    if (loudest / static_cast<double>(seen_) < kQuiet) return;
    const double end = recording_.seconds(seen_);
    const double quietest = std::min(left_, right_);
    if (quietest < loudest * std::pow(10.0, kOneSideDb / 10)) {
      findings.push_back({"one_channel_silent", Severity::kWarning, 0, end, decibels(quietest / loudest), "dB",
                          fmt::format("the {} channel holds nothing", left_ < right_ ? "left" : "right")});
      return;
    }
    const double correlation = (left_ + right_ - difference_) / (2 * std::sqrt(left_ * right_));
    const double side = difference_ / std::max(2 * (left_ + right_) - difference_, kQuiet);
    if (side < std::pow(10.0, kFalseStereoDb / 10)) {
      findings.push_back({"false_stereo", Severity::kInfo, 0, end, std::max(-200.0, decibels(side)), "dB",
                          "both channels hold the same: this is a mono recording"});
    } else if (correlation < kInvertedCorrelation) {
      findings.push_back({"inverted_phase", Severity::kError, 0, end, correlation, "correlation",
                          "one channel is the other upside down: in mono they cancel out"});
    }
  }

 private:
  static double decibels(double ratio) { return 10 * std::log10(std::max(ratio, std::numeric_limits<double>::min())); }

  Recording recording_;
  double left_ = 0, right_ = 0, difference_ = 0;  // sums of squares
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_stereo_check(const Recording& recording) {
  return std::make_unique<Stereo>(recording);
}

}  // namespace mla::audio
