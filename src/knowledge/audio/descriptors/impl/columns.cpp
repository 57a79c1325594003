#include "knowledge/audio/descriptors/impl/columns.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "knowledge/audio/descriptors/chroma.h"
#include "knowledge/audio/descriptors/mel.h"
#include "knowledge/audio/dsp/kernels.h"
#include "knowledge/audio/dsp/window.h"

namespace mla::audio::impl {

void limit_range(FeatureMatrix& decibels) {
  if (decibels.values.empty()) return;
  const float least = *std::max_element(decibels.values.begin(), decibels.values.end()) - kTopDb;
  for (float& value : decibels.values) value = std::max(value, least);
}

FeatureMatrix dct_columns(const FeatureMatrix& in, int rows) {
  FeatureMatrix out{static_cast<std::size_t>(rows), in.frames, false, {}};
  out.values.resize(out.rows * out.frames);
  const Dct dct(in.rows, out.rows);
  for (std::size_t f = 0; f < in.frames; ++f) {
    dct.apply(std::span(in.values).subspan(f * in.rows, in.rows),
              std::span(out.values).subspan(f * out.rows, out.rows));
  }
  return out;
}

FeatureMatrix onset_strength(const FeatureMatrix& levels, const StftOptions& options) {
  FeatureMatrix out{1, levels.frames, false, std::vector<float>(levels.frames)};
  const auto late = static_cast<std::size_t>(1 + options.n_fft / (2 * options.hop_length));
  for (std::size_t f = late; f < levels.frames; ++f) {
    const float* before = levels.values.data() + (f - late) * levels.rows;
    const float* here = before + levels.rows;
    float rise = 0;
    for (std::size_t b = 0; b < levels.rows; ++b) rise += std::max(0.0f, here[b] - before[b]);
    out.values[f] = rise / static_cast<float>(levels.rows);
  }
  return out;
}

FeatureMatrix tempogram(const FeatureMatrix& onsets) {
  constexpr std::size_t kLags = 384;
  constexpr std::size_t kHalf = kLags / 2;
  FeatureMatrix out{kLags, onsets.frames, false, std::vector<float>(kLags * onsets.frames)};
  if (onsets.frames == 0) return out;
  // Half a window of linear ramps at both ends.
  std::vector<float> padded(kHalf);
  padded.insert(padded.end(), onsets.values.begin(), onsets.values.end());
  padded.resize(padded.size() + kHalf);
  for (std::size_t i = 0; i < kHalf; ++i) {
    const float share = static_cast<float>(i) / kHalf;
    padded[i] = onsets.values.front() * share;
    padded[padded.size() - 1 - i] = onsets.values.back() * share;
  }
  const std::vector<float> window = hann_window(kLags);
  std::array<float, kLags> piece;
  for (std::size_t f = 0; f < onsets.frames; ++f) {
    for (std::size_t i = 0; i < kLags; ++i) piece[i] = padded[f + i] * window[i];
    const auto column = std::span(out.values).subspan(f * kLags, kLags);
    for (std::size_t lag = 0; lag < kLags; ++lag) {
      column[lag] = dot(std::span(piece).first(kLags - lag), std::span(piece).subspan(lag));
    }
    normalize_by_peak(column);
  }
  return out;
}

base::Result<FeatureMatrix> delta(const FeatureMatrix& in, int order) {
  constexpr std::size_t kWidth = 9;
  constexpr std::size_t kHalf = kWidth / 2;
  if (in.frames < kWidth) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("a delta needs {} frames, the file has {}", kWidth, in.frames)};
  }
  // Least squares over i = −4 … 4: the slope is Σ i x / Σ i², the second derivative twice the parabola's first
  // coefficient, whose weights are i² minus their mean.
  std::array<float, kWidth> weights;
  for (std::size_t i = 0; i < kWidth; ++i) {
    const double at = static_cast<double>(i) - kHalf;
    weights[i] = static_cast<float>(order == 1 ? at / 60 : 2 * (at * at - 60.0 / 9) / 308);
  }
  FeatureMatrix out{in.rows, in.frames, false, std::vector<float>(in.values.size())};
  for (std::size_t f = 0; f < in.frames; ++f) {
    // The polynomial of the first and last full window holds up to the ends; these derivatives of it are constant.
    const std::size_t begin = std::clamp(f, kHalf, in.frames - 1 - kHalf) - kHalf;
    for (std::size_t row = 0; row < in.rows; ++row) {
      float sum = 0;
      for (std::size_t i = 0; i < kWidth; ++i) sum += weights[i] * in.values[(begin + i) * in.rows + row];
      out.values[f * in.rows + row] = sum;
    }
  }
  return out;
}

}  // namespace mla::audio::impl
