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
constexpr float kStrong = 8.0F;             // times the block's mean: where a click may be
constexpr float kTail = 0.1F;               // of its first sample: what still belongs to it
constexpr double kSuspect = 12.0;           // times the mean beside it: worth a second look
constexpr double kClick = 50.0;             // … what a click is, whatever its form; music reaches 49
constexpr double kFewSamples = 14.0;        // times the noise beside it: what one of two samples is; music reaches 11
constexpr double kMostLeft = 2.0;           // times the power beside it: what may be left where they are taken away
constexpr double kLongestSeconds = 0.0012;  // anything longer is a drum
constexpr double kBesideSeconds = 0.002;    // before and after it, what it is compared with
constexpr std::size_t kApart = kOrder + 2;  // frames between it and what is beside it
constexpr float kLeast = 0.005F;            // its height, -46 dBFS: hardly audible below

// Single samples that do not follow from those around them. A linear predictor (Levinson-Durbin, order 12) takes the
// music away; what it leaves is correlated with what it would make of one wrong sample, which is the matched filter for
// a click in music (Vaseghi & Rayner, "Detection and suppression of impulsive noise in speech communication systems",
// 1990; Godsill & Rayner, "Digital Audio Restoration", 1998, section 5.4). A click stands far above the milliseconds
// on both sides of it; an attack surprises the predictor too, but goes on. Clicks spoil the predictor that is to find
// them, so that a second one is made of the samples without the suspects. A fault of one or two samples is known by its
// form too: least squares (the same book, section 5.2) says what they are off by, and without that nothing is left but
// what is beside them. Of an attack most is left. So it is told from music when it stands out far less.
class Clicks final : public QualityCheck {
 public:
  explicit Clicks(const Recording& recording)
      : recording_(recording),
        longest_(2 * kOrder +
                 std::max<std::size_t>(2, static_cast<std::size_t>(kLongestSeconds * recording.sample_rate))),
        beside_(std::max<std::size_t>(8, static_cast<std::size_t>(kBesideSeconds * recording.sample_rate))),
        margin_(2 * (beside_ + kApart + kOrder) + longest_),
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
                          fmt::format("{} clicks, the strongest {:.0f} times above what is beside it", region.count,
                                      region.strongest)});
    }
  }

 private:
  void look() {
    found_.clear();
    const std::size_t passed = kept_[0].size() - margin_;
    for (std::vector<float>& samples : kept_) {
      if (jumps(samples) && listen(samples, samples) && suspect()) judge(samples);
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

  // Whether the sixth difference, a predictor that costs nothing, sees anything out of the way: noise does not reach
  // eight times its mean. (The second would see clicks in lossy music, which ends at 16 kHz, less well.)
  static bool jumps(std::span<const float> samples) {
    constexpr float kOutOfTheWay = 8.0F;
    constexpr float kOfOneSample = 20.0F;
    const auto [largest, sum] = roughness(samples);
    return largest >= kOfOneSample * kLeast && largest * static_cast<float>(samples.size() - 6) > kOutOfTheWay * sum;
  }

  // Fills error_, matched_ and clickness_ of the samples with a predictor made of `model`; false if that is silent.
  bool listen(std::span<const float> model, std::span<const float> samples) {
    std::array<float, kOrder + 1> correlation{};
    correlate(model, correlation);
    if (correlation[0] < 1e-6F) return false;
    std::array<double, kOrder + 1> weights{1.0};
    double left = correlation[0] * (1.0 + 1e-6);
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
    std::array<float, kOrder + 1> forwards;
    std::transform(weights.begin(), weights.end(), forwards.begin(), [](double w) { return static_cast<float>(w); });
    std::array<float, kOrder + 1> backwards;
    std::reverse_copy(forwards.begin(), forwards.end(), backwards.begin());
    error_.assign(samples.size(), 0.0F);
    matched_.assign(samples.size(), 0.0F);
    filter(samples, backwards, std::span(error_).subspan(kOrder));
    filter(std::span(error_).subspan(kOrder), forwards,
           std::span(matched_).subspan(kOrder, samples.size() - 2 * kOrder));
    clickness_.resize(samples.size());
    std::transform(matched_.begin(), matched_.end(), clickness_.begin(), [](float value) { return std::abs(value); });
    scale_ = dot(forwards, forwards);
    overlap_ = dot(std::span(forwards).first(kOrder), std::span(forwards).last(kOrder));
    return true;
  }

  // Fills suspects_; false if there are none.
  bool suspect() {
    suspects_.clear();
    const std::size_t last = clickness_.size() - kOrder;
    const float strong = std::max(kStrong * static_cast<float>(mean(kOrder, last)), kLeast * scale_);
    for (std::size_t i = beside_ + kApart + kOrder; i + beside_ + kApart + longest_ < last; ++i) {
      if (clickness_[i] < strong) continue;
      std::size_t end = i + 1;  // past the last sample of the burst
      for (std::size_t j = i + 1; j < last && j < end + kOrder; ++j) {
        if (clickness_[j] >= std::max(strong, kTail * clickness_[i])) end = j + 1;
      }
      if (end - i <= longest_ && end + beside_ + kApart <= last) {
        const double above = above_nearby(i, end);
        if (above >= kSuspect) suspects_.push_back({i, end, 1, above});
      }
      i = end + kOrder;
    }
    return !suspects_.empty();
  }

  // Adds the suspects that are clicks.
  void judge(const std::vector<float>& samples) {
    bridged_ = samples;
    for (const Region& one : suspects_) {
      const float from = samples[one.begin - 1];
      const float step = (samples[one.end] - from) / static_cast<float>(one.end - one.begin + 1);
      for (std::size_t i = one.begin; i < one.end; ++i) {
        bridged_[i] = from + step * static_cast<float>(i - one.begin + 1);
      }
    }
    const bool heard = listen(bridged_, samples);
    for (const Region& one : suspects_) {
      const double above = std::max(one.strongest, heard ? above_nearby(one.begin, one.end) : 0.0);
      if (above >= kClick || (heard && is_of_few_samples(one))) {
        found_.push_back({offset_ + one.begin, offset_ + one.end, 1, above});
      }
    }
  }

  // Whether two samples that are off explain all of the burst that is not beside it as well. With the predictor's
  // coefficients a, its errors e and the matched filter's output m, what two neighbours explain of Σ e² is a quadratic
  // form of their m, with the inverse of [Σ a², Σ a a'; Σ a a', Σ a²].
  bool is_of_few_samples(const Region& one) const {
    const auto strongest =
        static_cast<std::size_t>(std::max_element(clickness_.begin() + static_cast<std::ptrdiff_t>(one.begin),
                                                  clickness_.begin() + static_cast<std::ptrdiff_t>(one.end)) -
                                 clickness_.begin());
    for (const std::size_t first : {strongest - 1, strongest}) {
      const double here = matched_[first], next = matched_[first + 1];
      const double explained = (scale_ * (here * here + next * next) - 2 * overlap_ * here * next) /
                               (static_cast<double>(scale_) * scale_ - static_cast<double>(overlap_) * overlap_);
      const double left = std::max(0.0, power(first, first + kOrder + 2) * (kOrder + 2) - explained) / kOrder;
      const double beside = std::max(
          {power(first - 3 - beside_, first - 3), power(first + kOrder + 5, first + kOrder + 5 + beside_), 1e-14});
      if (explained >= kFewSamples * kFewSamples * beside && left <= kMostLeft * beside) return true;
    }
    return false;
  }

  // The mean square of the predictor's errors.
  double power(std::size_t begin, std::size_t end) const {
    const auto errors = std::span(error_).subspan(begin, end - begin);
    return static_cast<double>(dot(errors, errors)) / static_cast<double>(errors.size());
  }

  // By how many times the burst stands above what is before and after it, whichever is louder.
  double above_nearby(std::size_t begin, std::size_t end) const {
    const float strongest = *std::max_element(clickness_.begin() + static_cast<std::ptrdiff_t>(begin),
                                              clickness_.begin() + static_cast<std::ptrdiff_t>(end));
    const double before = mean(begin - kApart - beside_, begin - kApart);
    const double after = mean(end + kApart, end + kApart + beside_);
    return strongest / std::max({before, after, 1e-7});
  }

  double mean(std::size_t begin, std::size_t end) const {
    return sum(std::span(clickness_).subspan(begin, end - begin)) /
           static_cast<double>(std::max<std::size_t>(1, end - begin));
  }

  Recording recording_;
  std::size_t longest_;
  std::size_t beside_;
  std::size_t margin_;  // kept of the block before, so that no click falls between two
  Regions regions_;
  std::vector<std::vector<float>> kept_;  // a channel: up to margin_ + kBlock samples, from offset_
  std::size_t offset_ = 0;
  std::vector<float> error_;      // what the predictor leaves of the samples
  std::vector<float> matched_;    // the matched filter's output at each of them
  std::vector<float> clickness_;  // its magnitude
  float scale_ = 0;               // … for a click of height 1
  float overlap_ = 0;             // … at its neighbour
  std::vector<float> bridged_;    // the samples without suspects
  std::vector<Region> suspects_;  // places in kept_
  std::vector<Region> found_;
};

}  // namespace

std::unique_ptr<QualityCheck> make_click_check(const Recording& recording) {
  return std::make_unique<Clicks>(recording);
}

}  // namespace mla::audio
