#include "knowledge/audio/excerpts/excerpts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/descriptors/spectral.h"
#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/excerpts/impl/stretch.h"

namespace mla::audio {
namespace {

using impl::Columns;
using impl::Stretch;

constexpr float kFloor = 1e-10F;
constexpr float kRange = 80;      // dB below the loudest band of the excerpt
constexpr double kSilence = -60;  // dB of a full-scale sine
constexpr std::size_t kHarmonyColumns = 55;
constexpr std::size_t kStereoColumns = 3 * (StereoImage::kBands + 1);

struct FamilyMaker {
  ExcerptFamily family;
  void (*add)(const Stretch&, Columns&);
};

constexpr std::array kMakers = {
    FamilyMaker{{"timbre", 100}, impl::add_timbre},
    FamilyMaker{{"flux", 80}, impl::add_flux},
    FamilyMaker{{"band_correlation", 190}, impl::add_band_correlation},
    FamilyMaker{{"modulation", 200}, impl::add_modulation},
    FamilyMaker{{"modulation_shape", 66}, impl::add_modulation_shape},
    FamilyMaker{{"noisiness", 24}, impl::add_noisiness},
    FamilyMaker{{"shape", 15}, impl::add_shape},
    FamilyMaker{{"dynamics", 12}, impl::add_dynamics},
    FamilyMaker{{"pulse", 35}, impl::add_pulse},
    FamilyMaker{{"harmony", kHarmonyColumns}, impl::add_harmony},
    FamilyMaker{{"bass_harmony", kHarmonyColumns}, impl::add_bass_harmony},
    FamilyMaker{{"stereo", kStereoColumns}, impl::add_stereo},
    FamilyMaker{{"wide_spectrum", StereoImage::kBands}, impl::add_wide_spectrum},
};

constexpr auto kFamilies = [] {
  std::array<ExcerptFamily, kMakers.size()> families{};
  for (std::size_t i = 0; i < families.size(); ++i) families[i] = kMakers[i].family;
  return families;
}();

// Bins where the noise bands end; the first begins at bin 2.
constexpr std::array<std::size_t, impl::kNoiseBands + 1> kNoiseEdges = {2, 10, 20, 40, 80, 160, 320, 640, 1024};

}  // namespace

std::span<const ExcerptFamily> excerpt_families() { return kFamilies; }

std::size_t excerpt_columns() {
  return std::accumulate(kFamilies.begin(), kFamilies.end(), std::size_t{0},
                         [](std::size_t sum, const ExcerptFamily& family) { return sum + family.columns; });
}

class Excerpts::Impl {
 public:
  Impl(const PitchEnvelope& pitches, StereoImage& stereo)
      : pitches_(pitches), stereo_(stereo), mel_(MelBank::slaney(22050, 2048, static_cast<int>(impl::kBands))) {}

  void frame(const Frame& frame) {
    if (frames_ == kFrames) end_excerpt();
    ++frames_;
    if (!wanted()) return;
    auto& levels = stretch_.levels.emplace_back();
    mel_.apply(frame.power, levels);
    decibels(levels, kFloor, levels);
    auto& noise = stretch_.noise.emplace_back();
    for (std::size_t band = 0; band < impl::kNoiseBands; ++band) {
      const auto bins = frame.power.subspan(kNoiseEdges[band], kNoiseEdges[band + 1] - kNoiseEdges[band]);
      const auto count = static_cast<float>(bins.size());
      noise[band] = std::log(std::max(sum(bins) / count, kFloor)) - log_sum(bins, kFloor) / count;
    }
    stretch_.crossings.push_back(zero_crossing_rate(frame));
  }

  void finish() {
    const std::size_t fewest = number_ == 0 ? kFewestFrames : kFrames / 2;
    if (frames_ >= fewest) end_excerpt();
    for (Kept& one : kept_) add_columns(one);
    kept_.clear();
  }

  const ExcerptVectors& result() const { return result_; }

 private:
  // An excerpt whose columns are made at the end, when it is known which ones are kept.
  struct Kept {
    Stretch stretch;
    std::size_t first_row, rows;  // of the pitches
  };

  bool wanted() const { return number_ % stride_ == 0; }

  void end_excerpt() {
    seconds_ += static_cast<double>(frames_) / impl::kStretchRate;
    stretch_.stereo = stereo_.take(seconds_);
    if (wanted()) {
      if (kept_.size() == ExcerptVectors::kMost) thin();
      if (wanted() && !silent()) kept_.push_back({std::move(stretch_), row_, pitches_.rows().size() - row_});
    }
    stretch_ = {};
    row_ = pitches_.rows().size();
    frames_ = 0;
    ++number_;
  }

  // Keeps every second one from now on, and of what is there.
  void thin() {
    for (std::size_t i = 2; i < kept_.size(); i += 2) kept_[i / 2] = std::move(kept_[i]);
    kept_.resize((kept_.size() + 1) / 2);
    stride_ *= 2;
  }

  bool silent() const {
    int loudest = 0;
    for (const PitchEnvelope::Row& row : std::span(pitches_.rows()).subspan(row_)) {
      loudest = std::max<int>(loudest, row.level);
    }
    return loudest / 2.0 - 127.5 < kSilence;
  }

  void add_columns(Kept& kept) {
    Stretch& stretch = kept.stretch;
    stretch.pitches = std::span(pitches_.rows()).subspan(kept.first_row, kept.rows);
    float peak = -200;
    for (const auto& frame : stretch.levels) peak = std::max(peak, *std::max_element(frame.begin(), frame.end()));
    for (auto& frame : stretch.levels) {
      for (float& level : frame) level = std::max(level, peak - kRange);
    }
    stretch.modulation = impl::find_modulation(stretch);
    Columns& out = result_.values;
    for (const FamilyMaker& maker : kMakers) maker.add(stretch, out);
    ++result_.count;
    for (float& value : std::span(out).last(excerpt_columns())) {
      if (!std::isfinite(value)) value = 0;
    }
  }

  const PitchEnvelope& pitches_;
  StereoImage& stereo_;
  MelBank mel_;
  Stretch stretch_;
  std::size_t frames_ = 0;  // of the current excerpt
  std::size_t number_ = 0;  // of the current excerpt
  std::size_t stride_ = 1;
  double seconds_ = 0;   // where it ends
  std::size_t row_ = 0;  // of the pitches, where the excerpt begins
  std::vector<Kept> kept_;
  ExcerptVectors result_;
};

Excerpts::Excerpts(const PitchEnvelope& pitches, StereoImage& stereo)
    : impl_(std::make_unique<Impl>(pitches, stereo)) {}
Excerpts::~Excerpts() = default;
void Excerpts::frame(const Frame& frame) { impl_->frame(frame); }
void Excerpts::finish() { impl_->finish(); }
ExcerptVectors Excerpts::result() const { return impl_->result(); }

}  // namespace mla::audio
