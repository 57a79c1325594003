#include "knowledge/audio/descriptors/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>

#include "knowledge/audio/descriptors/chroma.h"
#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/descriptors/moments.h"
#include "knowledge/audio/dsp/kernels.h"

namespace mla::audio {
namespace {

constexpr int kMelBands = 128;
constexpr double kKeptSeconds = 360;
constexpr double kSameTuning = 0.015;  // semitones: one step of the estimate changes nothing that shows

Spread spread_of(const Moments& moments, std::size_t row) { return {moments.mean(row), moments.deviation(row)}; }

template <std::size_t N>
void fill(std::array<Spread, N>& out, const Moments& moments) {
  for (std::size_t row = 0; row < N; ++row) out[row] = spread_of(moments, row);
}

}  // namespace

class Summary::Impl {
 public:
  Impl(const StftOptions& options, const std::optional<SummaryReferences>& known)
      : options_(options),
        measure_(options.sample_rate, options.n_fft),
        mel_(MelBank::slaney(options.sample_rate, options.n_fft, kMelBands)),
        dct_(kMelBands, kMfccRows),
        tuning_(options.sample_rate, options.n_fft),
        has_contrast_(SpectrumMeasure::contrast_fits(options.sample_rate)),
        kept_frames_(static_cast<std::size_t>(kKeptSeconds * options.sample_rate / options.hop_length)),
        known_(known.has_value()) {
    if (!known) return;
    references_ = *known;
    tune(known->tuning);
  }

  void frame(const Frame& frame) {
    const SpectralShape shape = measure_.shape(frame);
    const float simple[] = {shape.centroid, shape.bandwidth,           shape.rolloff,
                            shape.flatness, zero_crossing_rate(frame), root_mean_square(frame)};
    simple_.add(simple);
    std::array<float, kMelBands> levels;
    mel_.apply(frame.power, levels);
    const float loudest = decibels(levels, kPowerFloor, levels);
    refer(references_.mel_peak, loudest, lowest_.mel_peak, levels);
    BandExtremes extremes;
    if (has_contrast_) {
      extremes = measure_.extremes(frame);
      refer(references_.contrast_peak, largest(extremes.peak), lowest_.contrast_peak, extremes.peak);
      refer(references_.contrast_valley, largest(extremes.valley), lowest_.contrast_valley, extremes.valley);
    }
    if (!known_) tuning_.add(frame.power);
    if (chroma_bank_) {
      add_settled(levels, extremes, frame.power);
      return;
    }
    keep(levels, extremes, frame.magnitude);
    if (kept_.peaks.size() >= kept_frames_) settle();
  }

  void finish() {
    if (!chroma_bank_) settle();
    if (!known_) references_.tuning = tuning_.estimate();
    result_.frames = simple_.count();
    Spread* const simple[] = {&result_.spectral_centroid, &result_.spectral_bandwidth, &result_.spectral_rolloff,
                              &result_.spectral_flatness, &result_.zero_crossing_rate, &result_.rms};
    for (std::size_t row = 0; row < std::size(simple); ++row) *simple[row] = spread_of(simple_, row);
    fill(result_.spectral_contrast, contrast_);
    fill(result_.mfcc, mfcc_);
    for (std::size_t row = 0; row < kMfccRows; ++row) result_.mfcc_change[row] = change_.mean(row);
    fill(result_.chroma, chroma_);
    result_.onset_strength = spread_of(onset_, 0);
  }

  const DescriptorSummary& result() const { return result_; }
  const SummaryReferences& references() const { return references_; }

  bool exact() const {
    const auto unchanged = [](float settled, float peak, float lowest) {
      return settled == peak || lowest >= peak - kTopDb;
    };
    return known_ || (unchanged(settled_.mel_peak, references_.mel_peak, lowest_.mel_peak) &&
                      unchanged(settled_.contrast_peak, references_.contrast_peak, lowest_.contrast_peak) &&
                      unchanged(settled_.contrast_valley, references_.contrast_valley, lowest_.contrast_valley) &&
                      std::fabs(settled_.tuning - references_.tuning) < kSameTuning);
  }

 private:
  // Of the frames that wait for the references.
  struct Kept {
    std::vector<float> levels;
    std::vector<BandExtremes> extremes;
    std::vector<std::uint16_t> magnitudes;  // shares of the frame's peak
    std::vector<float> peaks;
  };

  static float largest(std::span<const float> values) { return *std::max_element(values.begin(), values.end()); }

  // Takes a frame's values in: their largest into `peak`, the smallest ever into `lowest`.
  static void refer(float& peak, float loudest, float& lowest, std::span<const float> values) {
    peak = std::max(peak, loudest);
    lowest = std::min(lowest, *std::min_element(values.begin(), values.end()));
  }

  void tune(double tuning) {
    result_.tuning = tuning;
    chroma_bank_.emplace(options_.sample_rate, options_.n_fft, tuning);
  }

  void keep(std::span<const float> levels, const BandExtremes& extremes, std::span<const float> magnitude) {
    kept_.levels.insert(kept_.levels.end(), levels.begin(), levels.end());
    kept_.extremes.push_back(extremes);
    const float peak = *std::max_element(magnitude.begin(), magnitude.end());
    kept_.peaks.push_back(peak);
    const std::size_t begin = kept_.magnitudes.size();
    kept_.magnitudes.resize(begin + magnitude.size());
    if (peak > 0) pack(magnitude, peak, std::span(kept_.magnitudes).subspan(begin));
  }

  // Fixes the references and takes in what was kept.
  void settle() {
    references_.tuning = tuning_.estimate();
    settled_ = references_;
    tune(references_.tuning);
    const std::size_t bins = static_cast<std::size_t>(options_.n_fft) / 2 + 1;
    std::vector<float> power(bins);
    for (std::size_t f = 0; f < kept_.peaks.size(); ++f) {
      unpack_squared(std::span(kept_.magnitudes).subspan(f * bins, bins), kept_.peaks[f], power);
      add_settled(std::span(kept_.levels).subspan(f * kMelBands).first<kMelBands>(), kept_.extremes[f], power);
    }
    kept_ = Kept();  // frees it
  }

  void add_settled(std::span<float, kMelBands> levels, const BandExtremes& extremes, std::span<const float> power) {
    const float least = references_.mel_peak - kTopDb;
    for (float& level : levels) level = std::max(level, least);
    std::array<float, kMfccRows> mfcc;
    dct_.apply(levels, mfcc);
    mfcc_.add(mfcc);
    if (mfcc_.count() > 1) {
      std::array<float, kMfccRows> change;
      for (std::size_t row = 0; row < kMfccRows; ++row) change[row] = std::fabs(mfcc[row] - last_mfcc_[row]);
      change_.add(change);
      float rise = 0;
      for (std::size_t b = 0; b < kMelBands; ++b) rise += std::max(0.0f, levels[b] - last_levels_[b]);
      const float strength[] = {rise / kMelBands};
      onset_.add(strength);
    }
    last_mfcc_ = mfcc;
    std::copy(levels.begin(), levels.end(), last_levels_.begin());

    if (has_contrast_) {
      std::array<float, kContrastBands> contrast;
      for (std::size_t b = 0; b < kContrastBands; ++b) {
        contrast[b] = std::max(extremes.peak[b], references_.contrast_peak - kTopDb) -
                      std::max(extremes.valley[b], references_.contrast_valley - kTopDb);
      }
      contrast_.add(contrast);
    }
    std::array<float, kPitchClasses> chroma;
    chroma_bank_->apply(power, chroma);
    chroma_.add(chroma);
  }

  StftOptions options_;
  SpectrumMeasure measure_;
  MelBank mel_;
  Dct dct_;
  TuningEstimator tuning_;
  bool has_contrast_;
  std::size_t kept_frames_;

  bool known_;
  SummaryReferences references_;  // as far as they are known
  SummaryReferences settled_;     // what they were when the first minutes were taken in
  SummaryReferences lowest_{1e30f, 1e30f, 1e30f, 0};
  std::optional<ChromaBank> chroma_bank_;  // there once the references are fixed
  Kept kept_;
  std::array<float, kMfccRows> last_mfcc_{};
  std::array<float, kMelBands> last_levels_{};

  Moments simple_{6};
  Moments mfcc_{kMfccRows};
  Moments change_{kMfccRows};
  Moments onset_{1};
  Moments contrast_{kContrastBands};
  Moments chroma_{kPitchClasses};
  DescriptorSummary result_;
};

Summary::Summary(const StftOptions& options, const std::optional<SummaryReferences>& known)
    : impl_(std::make_unique<Impl>(options, known)) {}
Summary::~Summary() = default;
void Summary::frame(const Frame& frame) { impl_->frame(frame); }
void Summary::finish() { impl_->finish(); }
const DescriptorSummary& Summary::result() const { return impl_->result(); }
SummaryReferences Summary::references() const { return impl_->references(); }
bool Summary::exact() const { return impl_->exact(); }

}  // namespace mla::audio
