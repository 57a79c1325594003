#pragma once

#include <span>

#include "foundation/base/result.h"
#include "knowledge/audio/descriptors/feature.h"

namespace mla::audio {

// Chroma from a constant-Q transform, as librosa.feature.chroma_cqt makes it: seven octaves from C1 with 36 bins each,
// tuned to the recording (librosa.estimate_tuning in 36ths of an octave), bins of one pitch class added up, the
// loudest class of each frame 1. The transform is the recursive one of Schörkhuber & Klapuri ("Constant-Q transform
// toolbox for music processing", SMC 2010): the filters of the top octave applied to the spectra of the signal, which
// is halved in rate for each octave below. 12 × frames; the whole signal is held in memory.
// Errors: kInvalidArgument if the rate is too low for seven octaves (8.4 kHz), hop_length is no multiple of 64, or the
// signal is too short to be halved that often.
base::Result<FeatureMatrix> chroma_cqt(std::span<const float> samples, int sample_rate, int hop_length);

// Tonal centroids of a chroma matrix (12 × frames), as librosa.feature.tonnetz: where the classes lie on the circles
// of fifths, minor and major thirds (Harte, Sandler & Gasser, "Detecting harmonic change in musical audio", 2006).
// 6 × frames.
FeatureMatrix tonnetz(const FeatureMatrix& chroma);

}  // namespace mla::audio
