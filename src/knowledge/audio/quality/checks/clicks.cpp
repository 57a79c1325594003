#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/quality/checks/checks.h"
#include "knowledge/audio/quality/impl/regions.h"

namespace mla::audio {
namespace {

constexpr std::size_t kOrder = 12;
constexpr std::size_t kBlock = 2048;
constexpr float kStrong = 20.0F;            // times the block's mean error: what a click is
constexpr float kTail = 0.1F;               // … and of its first sample's error
constexpr float kWeak = 7.0F;               // times: what still belongs to it
constexpr double kLongestSeconds = 0.0012;  // anything longer is a drum
constexpr double kCalmSeconds = 0.004;      // before and after a click the error is as it was; after a stroke it is not
constexpr double kCalm = 3.0;
constexpr double kAboveNearby = 18.0;  // times the mean error beside it: noise reaches 5
constexpr float kLeastError = 0.01F;   // -40 dBFS: inaudible below

// Single samples that do not follow from those before: what a linear predictor (Levinson-Durbin, order 12) cannot
// foretell, far above the block's own mean (Godsill & Rayner, "Digital Audio Restoration", 1998, chapter 5). A
// musical attack surprises the predictor too, but what follows stays louder than what was before.
class Clicks final : public QualityCheck {
 public:
  explicit Clicks(const Recording& recording)
      : recording_(recording),
        longest_(std::max<std::size_t>(2, static_cast<std::size_t>(kLongestSeconds * recording.sample_rate))),
        calm_(std::max<std::size_t>(8, static_cast<std::size_t>(kCalmSeconds * recording.sample_rate))),
        margin_(2 * calm_ + longest_ + kOrder),
        regions_(static_cast<std::size_t>(recording.sample_rate) / 2),
        kept_(static_cast<std::size_t>(recording.channels)) {}

  void push(const Block& block) override {
    for (std::size_t begin = 0; begin < block.samples.cols;) {
      const std::size_t count = std::min(margin_ + kBlock - kept_[0].size(), block.samples.cols - begin);
      for (std::size_t c = 0; c < kept_.size(); ++c) {
        const auto samples = block.samples.row(c).subspan(begin, count);
        kept_[c].insert(kept_[c].end(), samples.begin(), samples.end());
      }
      begin += count;
      if (kept_[0].size() == margin_ + kBlock) look();
    }
  }

  void finish(std::vector<Finding>& findings) override {
    if (kept_[0].size() > margin_) look();
    for (const Region& region : regions_.all()) {
      findings.push_back({"click", region.count > 3 ? Severity::kError : Severity::kWarning,
                          recording_.seconds(region.begin), recording_.seconds(region.end),
                          static_cast<double>(region.count), "clicks",
                          fmt::format("{} clicks, the strongest {:.0f} times above what the music foretells",
                                      region.count, region.strongest)});
    }
  }

 private:
  void look() {
    found_.clear();
    const std::size_t passed = kept_[0].size() - margin_;
    for (std::vector<float>& samples : kept_) {
      if (jumps(samples) && predict(samples)) search();
      samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(passed));
    }
    std::sort(found_.begin(), found_.end(), [](const Region& a, const Region& b) { return a.begin < b.begin; });
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const Region& click = found_[i];
      const bool again = i > 0 && click.begin < found_[i - 1].end + kOrder;  // the same in another channel
      regions_.add(click.begin, click.end, click.strongest, again ? 0 : 1);
    }
    offset_ += passed;
  }

  // Whether the second difference, a predictor that costs nothing, sees anything out of the way: noise does not reach
  // six times its mean.
  static bool jumps(std::span<const float> samples) {
    constexpr float kOutOfTheWay = 6.0F;
    const auto [largest, sum] = curvature(samples);
    return largest >= kLeastError && largest * static_cast<float>(samples.size() - 2) > kOutOfTheWay * sum;
  }

  // Fills error_ with what a linear predictor of these samples leaves; false if they are silent.
  bool predict(const std::vector<float>& samples) {
    const std::span<const float> all(samples);
    std::array<double, kOrder + 1> correlation{};
    for (std::size_t lag = 0; lag <= kOrder; ++lag) {
      correlation[lag] = dot(all.subspan(lag), all.first(all.size() - lag));
    }
    if (correlation[0] < 1e-6) return false;
    correlation[0] *= 1.0 + 1e-6;
    std::array<double, kOrder + 1> weights{1.0};
    double left = correlation[0];
    for (std::size_t i = 1; i <= kOrder && left > 0; ++i) {
      double sum = correlation[i];
      for (std::size_t j = 1; j < i; ++j) sum += weights[j] * correlation[i - j];
      const double reflection = -sum / left;
      auto next = weights;
      for (std::size_t j = 1; j < i; ++j) next[j] += reflection * weights[i - j];
      next[i] = reflection;
      weights = next;
      left *= 1 - reflection * reflection;
    }
    error_.assign(samples.size(), 0.0F);
    for (std::size_t j = 0; j <= kOrder; ++j) {
      const auto weight = static_cast<float>(weights[j]);
      for (std::size_t i = kOrder; i < samples.size(); ++i) error_[i] += weight * samples[i - j];
    }
    for (float& error : error_) error = std::abs(error);
    return true;
  }

  void search() {
    const auto mean = static_cast<float>(std::max(mean_error(kOrder, error_.size()), 1e-7));
    const float strong = std::max(kStrong * mean, kLeastError);
    const float weak = kWeak * mean;
    for (std::size_t i = calm_ + kOrder; i + calm_ + longest_ < error_.size(); ++i) {
      if (error_[i] < strong) continue;
      std::size_t end = i + 1;  // past the last sample of the burst
      for (std::size_t j = i + 1; j < error_.size() && j < end + kOrder; ++j) {
        if (error_[j] >= std::max(weak, kTail * error_[i])) end = j + 1;
      }
      const float strongest = *std::max_element(error_.begin() + i, error_.begin() + end);
      if (end - i <= longest_ && end + calm_ <= error_.size() && stands_alone(i, end, strongest)) {
        found_.push_back({offset_ + i, offset_ + end, 1, strongest / mean});
      }
      i = end + kOrder;
    }
  }

  bool stands_alone(std::size_t begin, std::size_t end, float strongest) const {
    const std::size_t settled = end + kOrder / 2;
    const double before = mean_error(begin - calm_, begin - 1);
    const double after = mean_error(settled, std::min(settled + calm_, error_.size()));
    return after < kCalm * before + 1e-6 && strongest > kAboveNearby * std::max(before, after);
  }

  double mean_error(std::size_t begin, std::size_t end) const {
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += error_[i];
    return sum / static_cast<double>(std::max<std::size_t>(1, end - begin));
  }

  Recording recording_;
  std::size_t longest_;
  std::size_t calm_;
  std::size_t margin_;  // kept of the block before, so that no click falls between two
  Regions regions_;
  std::vector<std::vector<float>> kept_;  // a channel: up to margin_ + kBlock samples, from offset_
  std::size_t offset_ = 0;
  std::vector<float> error_;
  std::vector<Region> found_;
};

}  // namespace

std::unique_ptr<QualityCheck> make_click_check(const Recording& recording) {
  return std::make_unique<Clicks>(recording);
}

}  // namespace mla::audio
