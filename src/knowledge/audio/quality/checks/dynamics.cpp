#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

constexpr double kBlockSeconds = 3.0;
constexpr double kLoudestShare = 0.2;
constexpr double kFlatDb = 5.0;  // commercial music that was pressed as far as it goes

// How far peaks stand above the loud passages: the second-highest peak of all 3 s blocks over the RMS of the loudest
// fifth of them, as the "DR" meters of record collectors have it (Pleasurize Music Foundation, 2009).
class Dynamics final : public QualityCheck {
 public:
  explicit Dynamics(const Recording& recording)
      : recording_(recording), length_(static_cast<std::size_t>(kBlockSeconds * recording.sample_rate)) {}

  void push(const Block& block) override {
    for (std::size_t piece = 0; piece < block.pieces(); ++piece) {
      for (std::size_t c = 0; c < block.peaks.rows; ++c) {
        power_ += block.energies(c, piece) / static_cast<double>(block.peaks.rows);
        peak_ = std::max(peak_, block.peaks(c, piece));
      }
      filled_ += block.piece_size(piece);
      if (filled_ >= length_) close();
    }
    seen_ += block.samples.cols;
  }

  void finish(std::vector<Finding>& findings) override {
    if (powers_.size() < 2) return;
    std::sort(powers_.begin(), powers_.end(), std::greater<>());
    std::nth_element(peaks_.begin(), peaks_.begin() + 1, peaks_.end(), std::greater<>());
    const auto loudest = std::max<std::size_t>(1, static_cast<std::size_t>(kLoudestShare * powers_.size()));
    double power = 0;
    for (std::size_t i = 0; i < loudest; ++i) power += powers_[i];
    power /= static_cast<double>(loudest);
    if (power <= 0) return;
    // A sine's peak is 3 dB above its RMS; the meters count from there.
    const double range = 20 * std::log10(peaks_[1]) - 10 * std::log10(2 * power);
    if (range >= kFlatDb) return;
    findings.push_back({"low_dynamic_range", Severity::kInfo, 0, recording_.seconds(seen_), range, "dB",
                        fmt::format("peaks stand only {:.1f} dB above the loud passages: heavily compressed", range)});
  }

 private:
  void close() {
    powers_.push_back(static_cast<float>(power_ / static_cast<double>(filled_)));
    peaks_.push_back(peak_);
    power_ = 0;
    peak_ = 0;
    filled_ = 0;
  }

  Recording recording_;
  std::size_t length_;  // frames a block, to the end of a piece
  std::size_t filled_ = 0;
  std::size_t seen_ = 0;
  double power_ = 0;
  float peak_ = 0;
  std::vector<float> powers_;  // of each block
  std::vector<float> peaks_;
};

}  // namespace

std::unique_ptr<QualityCheck> make_dynamics_check(const Recording& recording) {
  return std::make_unique<Dynamics>(recording);
}

}  // namespace mla::audio
