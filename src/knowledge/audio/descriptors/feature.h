#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

enum class Convention { kLibrosa, kEssentia };  // of MFCC; everything else knows librosa's alone

struct FeatureOptions {
  StftOptions stft{.precise = true};
  int n_mels = 128;
  int n_mfcc = 13;
  Convention convention = Convention::kLibrosa;
};

// Frame by frame: value (row, frame) is at values[frame · rows + row]; complex ones are pairs (re, im).
struct FeatureMatrix {
  std::size_t rows = 0;
  std::size_t frames = 0;
  bool complex = false;
  std::vector<float> values;
};

// One feature of a whole file, made of frames. The frames of the file are given `passes()` times, each time with
// `finish` at the end; then `take`.
class Feature : public FrameConsumer {
 public:
  virtual int passes() const { return 1; }
  // kInvalidArgument if the file is too short, kTooLarge beyond kLargestFeature.
  virtual base::Result<FeatureMatrix> take() = 0;
};
inline constexpr std::size_t kLargestFeature = std::size_t{1} << 28;  // values: 1 GiB

// The features by name, each with one line of explanation; the order is that of `--help`.
struct FeatureKind {
  std::string_view name;
  std::string_view help;
};
std::span<const FeatureKind> feature_kinds();

// kNotFound for an unknown name (the message lists the known), kInvalidArgument for options that do not fit.
base::Result<std::unique_ptr<Feature>> make_feature(std::string_view name, const FeatureOptions& options);

// A feature of the samples, or of a file decoded, mixed to one channel and resampled (as librosa.load does).
base::Result<FeatureMatrix> extract(std::span<const float> samples, std::string_view name,
                                    const FeatureOptions& options);
base::Result<FeatureMatrix> extract(const std::filesystem::path& file, std::string_view name,
                                    const FeatureOptions& options, base::Work& work);

// The bytes of a numpy file (format 1.0, Fortran order) of shape (rows, frames): float32 or complex64, little-endian.
std::string to_npy(const FeatureMatrix& matrix);

}  // namespace mla::audio
