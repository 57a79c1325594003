#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr double kEdgeSeconds = 0.002;
constexpr double kLeastDb = -36.0;          // a room's noise is quieter than this
constexpr double kBelowTheWholeDb = -20.0;  // a fade has come further down
constexpr double kLeastSeconds = 0.1;

// A recording that begins or ends in the middle of the sound.
class Edges final : public QualityCheck {
 public:
  explicit Edges(const Recording& recording)
      : recording_(recording),
        length_(std::max<std::size_t>(1, static_cast<std::size_t>(kEdgeSeconds * recording.sample_rate))),
        last_(length_) {}

  void push(const Block& block) override {
    const math::ConstMatrixView& samples = block.samples;
    const auto mean_power = [&](std::size_t i) {
      float power = 0;
      for (std::size_t c = 0; c < samples.rows; ++c) power += samples(c, i) * samples(c, i);
      return power / static_cast<float>(samples.rows);
    };
    for (std::size_t c = 0; c < samples.rows; ++c) {
      whole_ += total(block.energies.row(c)) / static_cast<double>(samples.rows);
    }
    for (std::size_t i = 0; i < samples.cols && seen_ + i < length_; ++i) first_ += mean_power(i);
    for (std::size_t i = samples.cols - std::min(samples.cols, length_); i < samples.cols; ++i) {
      last_[oldest_] = mean_power(i);
      oldest_ = oldest_ + 1 == length_ ? 0 : oldest_ + 1;
    }
    seen_ += samples.cols;
  }

  void finish(std::vector<Finding>& findings) override {
    if (recording_.seconds(seen_) < kLeastSeconds) return;
    double last = 0;
    for (const float power : last_) last += power;
    const double edge = recording_.seconds(length_);
    report("cut_start", "begins", first_, 0, edge, findings);
    report("cut_end", "ends", last, recording_.seconds(seen_) - edge, recording_.seconds(seen_), findings);
  }

 private:
  void report(std::string_view kind, std::string_view verb, double energy, double start, double end,
              std::vector<Finding>& findings) const {
    if (energy <= 0) return;
    const double level = 10 * std::log10(energy / static_cast<double>(length_));
    const double whole = 10 * std::log10(whole_ / static_cast<double>(seen_));
    if (level < kLeastDb || level < whole + kBelowTheWholeDb) return;
    findings.push_back({kind, Severity::kInfo, start, end, level, "dBFS",
                        fmt::format("the recording {} in the middle of the sound, at {:.0f} dBFS", verb, level)});
  }

  Recording recording_;
  std::size_t length_;       // frames of an edge
  std::vector<float> last_;  // ring of the powers of the latest frames
  std::size_t oldest_ = 0;   // … where the next one goes
  double first_ = 0;
  double whole_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_edges_check(const Recording& recording) {
  return std::make_unique<Edges>(recording);
}

}  // namespace mla::audio
