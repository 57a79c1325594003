#pragma once

#include "knowledge/audio/descriptors/feature.h"

namespace mla::audio::impl {

// What is made of all columns of a file at its end; each as the function of librosa with that name does it.

// power_to_db's top_db: nothing is more than 80 dB below the loudest.
void limit_range(FeatureMatrix& decibels);
// Every column by the orthonormal DCT-II, the first `rows` kept.
FeatureMatrix dct_columns(const FeatureMatrix& in, int rows);
// onset_strength of a mel spectrogram in dB: mean rise from frame to frame, moved to the frames' begins.
FeatureMatrix onset_strength(const FeatureMatrix& levels, const StftOptions& options);
// tempogram: local autocorrelation (384 lags) of an onset envelope, each column's largest 1.
FeatureMatrix tempogram(const FeatureMatrix& onsets);
// delta with width 9 (Savitzky-Golay, mode "interp"): first or second derivative along the frames.
// kInvalidArgument below 9 frames.
base::Result<FeatureMatrix> delta(const FeatureMatrix& in, int order);

}  // namespace mla::audio::impl
