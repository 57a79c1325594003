#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"
#include "knowledge/audio/quality/impl/regions.h"

namespace mla::audio {
namespace {

// A run of at least three samples that stand still at the recording's peak, entered and left by a jump. The rounded top
// of a slow wave stands still too, but is entered by steps that are at most three times what moves within the run.
constexpr float kStill = 1.5F / 32768.0F;
constexpr float kJump = 8 * kStill;
constexpr std::size_t kLeastRun = 3;
constexpr float kLeastLevel = 0.02F;   // below, nothing clips
constexpr float kAtThePeak = 0.97F;    // runs below this share of the peak are something else
constexpr double kDenseShare = 0.001;  // of the samples of a place: more is heard
constexpr double kWaveShare = 0.2;     // more than this much standing still is a square wave, not damage

class Clipping final : public QualityCheck {
 public:
  explicit Clipping(const Recording& recording)
      : recording_(recording),
        states_(static_cast<std::size_t>(recording.channels)),
        regions_(static_cast<std::size_t>(recording.sample_rate) / 2) {}

  void push(const Block& block) override {
    for (std::size_t c = 0; c < states_.size(); ++c) look(states_[c], block, c);
    seen_ += block.samples.cols;
  }

  void finish(std::vector<Finding>& findings) override {
    double in_runs = 0;
    for (const Region& region : regions_.all()) in_runs += static_cast<double>(region.count);
    const double share = in_runs / std::max(1.0, static_cast<double>(seen_ * states_.size()));
    if (share > kWaveShare) return;
    for (const Region& region : regions_.all()) {
      if (region.strongest < kAtThePeak * peak_) continue;
      const bool dense =
          static_cast<double>(region.count) > kDenseShare * static_cast<double>(region.end - region.begin);
      findings.push_back({"clipping", dense ? Severity::kError : Severity::kWarning, recording_.seconds(region.begin),
                          recording_.seconds(region.end), static_cast<double>(region.count), "samples",
                          fmt::format("{} samples stand still at {:.1f} dBFS: the tops of the waves are cut off",
                                      region.count, 20 * std::log10(region.strongest))});
    }
  }

 private:
  struct State {
    float last = 0;
    float level = 0;  // of the run, with its sign
    std::size_t length = 0;
    bool jumped_in = false;
  };

  // Pieces that stay below the peak cannot hold what counts in the end: most are passed over.
  void look(State& state, const Block& block, std::size_t channel) {
    for (std::size_t piece = 0; piece < block.pieces(); ++piece) {
      const std::size_t begin = block.piece_begin(piece);
      const auto samples = block.samples.row(channel).subspan(begin, block.piece_size(piece));
      const float loudest = block.peaks(channel, piece);
      if (loudest < kAtThePeak * peak_) {
        state = {samples.back(), samples.back(), 1, false};
        continue;
      }
      peak_ = std::max(peak_, loudest);
      for (std::size_t i = 0; i < samples.size(); ++i) step(state, samples[i], seen_ + begin + i);
    }
  }

  void step(State& state, float sample, std::size_t at) {
    const float moved = std::abs(sample - state.last);
    if (state.length > 0 && std::abs(sample - state.level) <= kStill) {
      ++state.length;
    } else {
      if (state.length >= kLeastRun && state.jumped_in && moved >= kJump && std::abs(state.level) >= kLeastLevel &&
          std::abs(sample) < std::abs(state.level)) {
        regions_.add(at - state.length, at, std::abs(state.level), state.length);
      }
      state.length = 1;
      state.level = sample;
      state.jumped_in = moved >= kJump && std::abs(sample) > std::abs(state.last);
    }
    state.last = sample;
  }

  Recording recording_;
  std::vector<State> states_;
  Regions regions_;
  std::size_t seen_ = 0;
  float peak_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_clipping_check(const Recording& recording) {
  return std::make_unique<Clipping>(recording);
}

}  // namespace mla::audio
