#include "knowledge/audio/descriptors/feature.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "knowledge/audio/descriptors/chroma.h"
#include "knowledge/audio/descriptors/constant_q.h"
#include "knowledge/audio/descriptors/impl/columns.h"
#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/descriptors/spectral.h"

namespace mla::audio {
namespace {

// How a feature is made: a column of each frame, then something of all columns.
struct Recipe {
  std::size_t rows = 1;
  std::function<void(const Frame&, std::span<float>)> column;
  std::function<base::Result<FeatureMatrix>(FeatureMatrix)> finish;  // nothing: as they are
  std::function<void(const Frame&)> first_pass;                      // nothing: one pass is enough
  bool complex = false;
};

class RecipeFeature final : public Feature {
 public:
  explicit RecipeFeature(Recipe recipe) : recipe_(std::move(recipe)), pass_(recipe_.first_pass ? 0 : 1) {
    matrix_.rows = recipe_.rows;
    matrix_.complex = recipe_.complex;
    column_.resize(recipe_.rows * (recipe_.complex ? 2 : 1));
  }

  int passes() const override { return recipe_.first_pass ? 2 : 1; }

  void frame(const Frame& frame) override {
    if (pass_ == 0) {
      recipe_.first_pass(frame);
      return;
    }
    if (matrix_.values.size() + column_.size() > kLargestFeature) {
      too_large_ = true;
      return;
    }
    recipe_.column(frame, column_);
    matrix_.values.insert(matrix_.values.end(), column_.begin(), column_.end());
    ++matrix_.frames;
  }

  void finish() override { ++pass_; }

  base::Result<FeatureMatrix> take() override {
    if (too_large_) {
      return base::Error{base::ErrorCode::kTooLarge,
                         "the feature would take more than 1 GiB: cut the file or use a larger hop-length"};
    }
    return recipe_.finish ? recipe_.finish(std::move(matrix_)) : std::move(matrix_);
  }

 private:
  Recipe recipe_;
  int pass_;
  std::vector<float> column_;
  FeatureMatrix matrix_;
  bool too_large_ = false;
};

using Finish = std::function<base::Result<FeatureMatrix>(FeatureMatrix)>;

Recipe mel_recipe(const FeatureOptions& options, bool decibel_columns, Finish finish) {
  auto bank = std::make_shared<MelBank>(MelBank::slaney(options.stft.sample_rate, options.stft.n_fft, options.n_mels));
  return {static_cast<std::size_t>(options.n_mels),
          [bank, decibel_columns](const Frame& frame, std::span<float> out) {
            bank->apply(frame.power, out);
            if (decibel_columns) decibels(out, kPowerFloor, out);
          },
          std::move(finish), nullptr, false};
}

// Essentia's MFCC: 40 HTK bands, 20 log10 of the power (−200 where it is below 1e-10), no top_db.
Recipe essentia_mfcc(const FeatureOptions& options) {
  constexpr int kBands = 40;
  auto bank = std::make_shared<MelBank>(MelBank::htk_unit_sum(options.stft.sample_rate, options.stft.n_fft, kBands));
  auto dct = std::make_shared<Dct>(kBands, static_cast<std::size_t>(options.n_mfcc));
  return {static_cast<std::size_t>(options.n_mfcc),
          [bank, dct](const Frame& frame, std::span<float> out) {
            std::array<float, kBands> levels;
            bank->apply(frame.power, levels);
            decibels(levels, kPowerFloor, levels);
            for (float& level : levels) level *= 2;
            dct->apply(levels, out);
          },
          nullptr, nullptr, false};
}

Recipe mfcc_recipe(const FeatureOptions& options, int derivative) {
  Recipe recipe;
  if (options.convention == Convention::kEssentia) {
    recipe = essentia_mfcc(options);
    if (derivative > 0) {
      recipe.finish = [derivative](const FeatureMatrix& mfcc) { return impl::delta(mfcc, derivative); };
    }
    return recipe;
  }
  return mel_recipe(options, true,
                    [rows = options.n_mfcc, derivative](FeatureMatrix levels) -> base::Result<FeatureMatrix> {
                      impl::limit_range(levels);
                      FeatureMatrix mfcc = impl::dct_columns(levels, rows);
                      if (derivative == 0) return mfcc;
                      return impl::delta(mfcc, derivative);
                    });
}

Recipe onset_recipe(const FeatureOptions& options, bool with_tempogram) {
  return mel_recipe(options, true,
                    [stft = options.stft, with_tempogram](FeatureMatrix levels) -> base::Result<FeatureMatrix> {
                      impl::limit_range(levels);
                      FeatureMatrix onsets = impl::onset_strength(levels, stft);
                      return with_tempogram ? impl::tempogram(onsets) : std::move(onsets);
                    });
}

Recipe shape_recipe(const FeatureOptions& options, float SpectralShape::*member) {
  auto measure = std::make_shared<SpectrumMeasure>(options.stft.sample_rate, options.stft.n_fft);
  return {1, [measure, member](const Frame& frame, std::span<float> out) { out[0] = measure->shape(frame).*member; },
          nullptr, nullptr, false};
}

Recipe contrast_recipe(const FeatureOptions& options) {
  auto measure = std::make_shared<SpectrumMeasure>(options.stft.sample_rate, options.stft.n_fft);
  return {2 * kContrastBands,
          [measure](const Frame& frame, std::span<float> out) {
            const BandExtremes extremes = measure->extremes(frame);
            std::copy(extremes.peak.begin(), extremes.peak.end(), out.begin());
            std::copy(extremes.valley.begin(), extremes.valley.end(), out.begin() + kContrastBands);
          },
          [](FeatureMatrix both) -> base::Result<FeatureMatrix> {
            FeatureMatrix sides[2];
            for (std::size_t side = 0; side < 2; ++side) {
              sides[side] = {kContrastBands, both.frames, false, {}};
              for (std::size_t f = 0; f < both.frames; ++f) {
                const auto from = both.values.begin() + static_cast<std::ptrdiff_t>((2 * f + side) * kContrastBands);
                sides[side].values.insert(sides[side].values.end(), from, from + kContrastBands);
              }
              impl::limit_range(sides[side]);
            }
            for (std::size_t i = 0; i < sides[0].values.size(); ++i) sides[0].values[i] -= sides[1].values[i];
            return std::move(sides[0]);
          },
          nullptr, false};
}

Recipe chroma_recipe(const FeatureOptions& options) {
  struct State {
    TuningEstimator tuning;
    std::optional<ChromaBank> bank;
  };
  const StftOptions stft = options.stft;
  auto state = std::make_shared<State>(State{TuningEstimator(stft.sample_rate, stft.n_fft), std::nullopt});
  return {kPitchClasses,
          [state, stft](const Frame& frame, std::span<float> out) {
            if (!state->bank) state->bank.emplace(stft.sample_rate, stft.n_fft, state->tuning.estimate());
            state->bank->apply(frame.power, out);
          },
          nullptr, [state](const Frame& frame) { state->tuning.add(frame.power); }, false};
}

// librosa.estimate_tuning(S=power): one value.
Recipe tuning_recipe(const FeatureOptions& options) {
  auto tuning = std::make_shared<TuningEstimator>(options.stft.sample_rate, options.stft.n_fft);
  return {1, [tuning](const Frame& frame, std::span<float>) { tuning->add(frame.power); },
          [tuning](const FeatureMatrix&) -> base::Result<FeatureMatrix> {
            return FeatureMatrix{1, 1, false, {static_cast<float>(tuning->estimate())}};
          },
          nullptr, false};
}

// What needs the whole signal, put together again from the frames; `make` gets it at the end.
Recipe signal_recipe(std::function<base::Result<FeatureMatrix>(std::span<const float>)> make, const StftOptions& stft) {
  auto signal = std::make_shared<std::vector<float>>();
  return {0,
          [signal, hop = static_cast<std::size_t>(stft.hop_length)](const Frame& frame, std::span<float>) {
            const std::size_t half = frame.samples.size() / 2;
            const auto heard = frame.samples.subspan(frame.padded_before,
                                                     frame.samples.size() - frame.padded_before - frame.padded_after);
            const std::size_t begin = frame.index * hop + frame.padded_before - half;
            const std::size_t known = signal->size() - begin;
            if (known < heard.size() && signal->size() <= kLargestFeature) {
              signal->insert(signal->end(), heard.begin() + static_cast<std::ptrdiff_t>(known), heard.end());
            }
          },
          [signal, make = std::move(make)](const FeatureMatrix&) -> base::Result<FeatureMatrix> {
            if (signal->size() > kLargestFeature) {
              return base::Error{base::ErrorCode::kTooLarge, "the signal would take more than 1 GiB: cut the file"};
            }
            return make(*signal);
          },
          nullptr, false};
}

Recipe constant_q_recipe(const FeatureOptions& options, bool centroids) {
  return signal_recipe(
      [stft = options.stft, centroids](std::span<const float> signal) -> base::Result<FeatureMatrix> {
        MLA_ASSIGN(FeatureMatrix chroma, chroma_cqt(signal, stft.sample_rate, stft.hop_length));
        return centroids ? tonnetz(chroma) : std::move(chroma);
      },
      options.stft);
}

Recipe stft_recipe(const FeatureOptions& options) {
  return {static_cast<std::size_t>(options.stft.n_fft) / 2 + 1,
          [](const Frame& frame, std::span<float> out) {
            for (std::size_t k = 0; k < frame.spectrum.size(); ++k) {
              out[2 * k] = frame.spectrum[k].real();
              out[2 * k + 1] = frame.spectrum[k].imag();
            }
          },
          nullptr, nullptr, true};
}

Recipe samples_recipe(float (*measure)(const Frame&)) {
  return {1, [measure](const Frame& frame, std::span<float> out) { out[0] = measure(frame); }, nullptr, nullptr, false};
}

using Options = const FeatureOptions&;
struct Row {
  FeatureKind kind;
  Recipe (*make)(Options);
};

// To add a feature: its recipe above, its row here.
constexpr Row kRows[] = {
    {{"stft", "complex spectrum, n-fft/2 + 1 rows"}, stft_recipe},
    {{"mel", "power in n-mels mel bands"}, [](Options o) { return mel_recipe(o, false, nullptr); }},
    {{"mfcc", "n-mfcc cepstral coefficients of the mel bands in dB"}, [](Options o) { return mfcc_recipe(o, 0); }},
    {{"mfcc_delta", "first derivative of mfcc, width 9"}, [](Options o) { return mfcc_recipe(o, 1); }},
    {{"mfcc_delta2", "second derivative of mfcc, width 9"}, [](Options o) { return mfcc_recipe(o, 2); }},
    {{"chroma_stft", "12 pitch classes from C, tuning estimated"}, chroma_recipe},
    {{"chroma_cqt", "12 pitch classes from C of a constant-Q transform, tuning estimated"},
     [](Options o) { return constant_q_recipe(o, false); }},
    {{"tonnetz", "tonal centroids of chroma_cqt: fifths, minor thirds, major thirds, two rows each"},
     [](Options o) { return constant_q_recipe(o, true); }},
    {{"spectral_centroid", "Hz"}, [](Options o) { return shape_recipe(o, &SpectralShape::centroid); }},
    {{"spectral_bandwidth", "Hz"}, [](Options o) { return shape_recipe(o, &SpectralShape::bandwidth); }},
    {{"spectral_rolloff", "Hz below which 85 % of the magnitude lies"},
     [](Options o) { return shape_recipe(o, &SpectralShape::rolloff); }},
    {{"spectral_flatness", "0 (tone) to 1 (noise)"},
     [](Options o) { return shape_recipe(o, &SpectralShape::flatness); }},
    {{"spectral_contrast", "dB between peaks and valleys of 7 bands"}, contrast_recipe},
    {{"zero_crossing_rate", "share of samples at which the sign changes"},
     [](Options) { return samples_recipe(zero_crossing_rate); }},
    {{"rms", "root mean square of the samples"}, [](Options) { return samples_recipe(root_mean_square); }},
    {{"onset_strength", "mean rise of the mel bands in dB"}, [](Options o) { return onset_recipe(o, false); }},
    {{"tempogram", "autocorrelation of onset_strength, 384 lags"}, [](Options o) { return onset_recipe(o, true); }},
    {{"tuning", "one number: semitones from A4 = 440 Hz"}, tuning_recipe},
};

base::Error invalid(std::string message) { return {base::ErrorCode::kInvalidArgument, std::move(message)}; }

base::Status check_options(std::string_view name, const FeatureOptions& options) {
  MLA_CHECK(check(options.stft));
  if (options.n_mels < 1 || options.n_mels > 1024) {
    return invalid(fmt::format("n-mels is {}, it has to be from 1 to 1024", options.n_mels));
  }
  const bool essentia = options.convention == Convention::kEssentia;
  const int bands = essentia ? 40 : options.n_mels;
  if (options.n_mfcc < 1 || options.n_mfcc > bands) {
    return invalid(fmt::format("n-mfcc is {}, it has to be from 1 to the number of bands, {}", options.n_mfcc, bands));
  }
  if (essentia && !name.starts_with("mfcc")) {
    return invalid(fmt::format("convention essentia is for mfcc; {} knows librosa's alone", name));
  }
  if ((name == "chroma_cqt" || name == "tonnetz") && 2 * options.stft.hop_length > options.stft.n_fft) {
    return invalid(fmt::format("{} needs an n-fft of at least twice the hop-length {}", name, options.stft.hop_length));
  }
  if (name == "spectral_contrast" && !SpectrumMeasure::contrast_fits(options.stft.sample_rate)) {
    return invalid(fmt::format("spectral_contrast has a band from 6400 Hz on, sample-rate {} reaches {} Hz only",
                               options.stft.sample_rate, options.stft.sample_rate / 2));
  }
  return {};
}

}  // namespace

std::span<const FeatureKind> feature_kinds() {
  static const std::vector<FeatureKind> kinds = [] {
    std::vector<FeatureKind> all;
    for (const Row& row : kRows) all.push_back(row.kind);
    return all;
  }();
  return kinds;
}

base::Result<std::unique_ptr<Feature>> make_feature(std::string_view name, const FeatureOptions& options) {
  const Row* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.kind.name == name; });
  if (row == std::end(kRows)) {
    std::string known;
    for (const FeatureKind& kind : feature_kinds()) known += (known.empty() ? "" : ", ") + std::string(kind.name);
    return base::Error{base::ErrorCode::kNotFound, fmt::format("there is no feature '{}'; known are {}", name, known)};
  }
  MLA_CHECK(check_options(name, options));
  return std::unique_ptr<Feature>(std::make_unique<RecipeFeature>(row->make(options)));
}

}  // namespace mla::audio
