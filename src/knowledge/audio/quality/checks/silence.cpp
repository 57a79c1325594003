#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"
#include "knowledge/audio/quality/impl/regions.h"

namespace mla::audio {
namespace {

constexpr float kSilent = 1.8e-4F;          // -75 dBFS: below the noise of rooms and tapes
constexpr double kEdgeSeconds = 2.0;        // silence at the start or end that is worth cutting off
constexpr double kGapSeconds = 0.3;         // silence inside
constexpr double kDropoutSeconds = 0.0015;  // exact zeros with sound hard beside them: lost samples
constexpr float kBeside = 0.01F;            // -40 dBFS
constexpr double kWindowSeconds = 0.001;    // … within this time
constexpr float kPieceDecay = 0.4F;         // of the loudest level in that time

// Silence that somebody should know of: at the edges, inside, or as lost samples.
class Silence final : public QualityCheck {
 public:
  explicit Silence(const Recording& recording)
      : recording_(recording),
        window_(std::max<std::size_t>(1, static_cast<std::size_t>(kWindowSeconds * recording.sample_rate))),
        gaps_(0),
        dropouts_(static_cast<std::size_t>(recording.sample_rate) / 2) {}

  void push(const Block& block) override {
    for (std::size_t piece = 0; piece < block.pieces(); ++piece) look(block, piece);
  }

  void finish(std::vector<Finding>& findings) override {
    const double end = recording_.seconds(seen_);
    if (seen_ == 0) return;
    if (silent_since_ == 0) {
      findings.push_back({"silence", Severity::kError, 0, end, end, "seconds", "the whole recording is silent"});
      return;
    }
    if (leading_ > 0) edge("begins", 0, recording_.seconds(leading_), findings);
    for (const Region& region : gaps_.all()) {
      const double start = recording_.seconds(region.begin);
      const double length = recording_.seconds(region.end) - start;
      findings.push_back({"gap", Severity::kWarning, start, start + length, length, "seconds",
                          fmt::format("{:.2f} s of silence inside the recording", length)});
    }
    for (const Region& region : dropouts_.all()) {
      findings.push_back(
          {"dropout", Severity::kError, recording_.seconds(region.begin), recording_.seconds(region.end),
           1000 * region.strongest, "milliseconds",
           fmt::format("{} holes in the sound, up to {:.1f} ms long", region.count, 1000 * region.strongest)});
    }
    if (silent_since_ != kNone) edge("ends", recording_.seconds(silent_since_), end, findings);
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  static void edge(std::string_view verb, double start, double end, std::vector<Finding>& findings) {
    const double length = end - start;
    if (length < kEdgeSeconds) return;
    findings.push_back({"silence", Severity::kInfo, start, end, length, "seconds",
                        fmt::format("the recording {} with {:.1f} s of silence", verb, length)});
  }

  // Most pieces are sound within sound: of these only the loudest is kept.
  void look(const Block& block, std::size_t piece) {
    const std::size_t begin = block.piece_begin(piece);
    const std::size_t end = begin + block.piece_size(piece);
    const bool in_sound = silent_since_ == kNone && seen_ > 0 && zeros_ == 0 && after_ == 0;
    if (in_sound && block.quietest[piece] > kSilent) {
      recent_ *= kPieceDecay;
      for (std::size_t c = 0; c < block.peaks.rows; ++c) recent_ = std::max(recent_, block.peaks(c, piece));
      seen_ += end - begin;
      return;
    }
    for (std::size_t i = begin; i < end; ++i) {
      float level = 0;
      for (std::size_t c = 0; c < block.samples.rows; ++c) level = std::max(level, std::abs(block.samples(c, i)));
      step(level);
      ++seen_;
    }
  }

  void step(float level) {
    if (level > kSilent) {
      if (silent_since_ == 0) leading_ = seen_;
      if (silent_since_ != 0 && silent_since_ != kNone && recording_.seconds(seen_ - silent_since_) >= kGapSeconds) {
        gaps_.add(silent_since_, seen_, 0);
      }
      silent_since_ = kNone;
    } else if (silent_since_ == kNone || seen_ == 0) {
      silent_since_ = seen_;
    }
    zeros(level);
  }

  // A hole is a run of exact zeros with loud sound right before and right after it; a pause fades.
  void zeros(float level) {
    if (level == 0) {
      if (zeros_ == 0) loud_before_ = recent_ >= kBeside;
      ++zeros_;
      return;
    }
    if (zeros_ > 0) {
      if (loud_before_ && recording_.seconds(zeros_) >= kDropoutSeconds) {
        hole_ = {seen_ - zeros_, seen_, 1, recording_.seconds(zeros_)};
        after_ = window_;
      }
      zeros_ = 0;
      recent_ = 0;
    }
    // The loudest of about the last window, by a decay that halves it in that time.
    recent_ = std::max(level, recent_ * (1.0F - 0.7F / static_cast<float>(window_)));
    if (after_ == 0) return;
    if (level >= kBeside) {
      if (recording_.seconds(hole_.end - hole_.begin) < kGapSeconds) {
        dropouts_.add(hole_.begin, hole_.end, hole_.strongest);
      }
      after_ = 0;
    } else {
      --after_;
    }
  }

  Recording recording_;
  std::size_t window_;
  Regions gaps_;
  Regions dropouts_;
  std::size_t seen_ = 0;
  std::size_t leading_ = 0;  // frames of silence at the start
  std::size_t silent_since_ = kNone;
  std::size_t zeros_ = 0;  // length of the run of exact zeros
  float recent_ = 0;
  bool loud_before_ = false;
  Region hole_;
  std::size_t after_ = 0;  // frames in which sound must come for hole_ to be one
};

}  // namespace

std::unique_ptr<QualityCheck> make_silence_check(const Recording& recording) {
  return std::make_unique<Silence>(recording);
}

}  // namespace mla::audio
