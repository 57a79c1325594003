#include <cmath>

#include <fmt/format.h>

#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

// A mean this far from zero (-50 dBFS) costs headroom and clicks at cuts; converters that are well leave less.
constexpr double kLeast = 0.003;
constexpr double kBad = 0.03;
constexpr double kLeastSeconds = 0.5;  // a shorter piece of a slow wave has a mean without an offset

class Offset final : public QualityCheck {
 public:
  explicit Offset(const Recording& recording)
      : recording_(recording), sums_(static_cast<std::size_t>(recording.channels)) {}

  void push(const Block& block) override {
    for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] += sum(block.samples.row(c));
    seen_ += block.samples.cols;
  }

  void finish(std::vector<Finding>& findings) override {
    if (recording_.seconds(seen_) < kLeastSeconds) return;
    double worst = 0;
    for (const double sum : sums_) {
      const double mean = sum / static_cast<double>(seen_);
      if (std::abs(mean) > std::abs(worst)) worst = mean;
    }
    if (std::abs(worst) < kLeast) return;
    Finding found{"dc_offset", std::abs(worst) < kBad ? Severity::kWarning : Severity::kError,
                  0,           recording_.seconds(seen_),
                  worst,       "full_scale",
                  {}};
    found.detail = fmt::format("the waveform is {:+.2f} % of full scale off centre", 100 * worst);
    findings.push_back(std::move(found));
  }

 private:
  Recording recording_;
  std::vector<double> sums_;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_offset_check(const Recording& recording) {
  return std::make_unique<Offset>(recording);
}

}  // namespace mla::audio
