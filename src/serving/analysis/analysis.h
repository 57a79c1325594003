#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "knowledge/audio/audio_features/audio_features.h"
#include "knowledge/audio/decode/source.h"
#include "knowledge/audio/descriptors/summary.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "knowledge/audio/quality/assessor.h"
#include "knowledge/audio/rhythm/rhythm.h"
#include "knowledge/audio/tonality/tonality.h"
#include "serving/analysis/wanted.h"

namespace mla::analysis {

// The mono signal that everything is computed from, and its frames (librosa's conventions).
inline constexpr int kSampleRate = 22050;
inline constexpr int kFrameLength = 2048;
inline constexpr int kHopLength = 512;

// What one file sounds like.
struct Analysis {
  double duration = 0;                    // seconds: decoded frames over the sample rate
  int sample_rate = 0;                    // Hz, the file's own
  int channels = 0;                       // the file's own
  std::string codec;                      // libav's name
  std::vector<std::string> notes;         // what was odd about the file, for people
  std::optional<audio::Quality> quality;  // of the file at its own rate, with its loudness
  audio::DescriptorSummary descriptors;
  audio::Rhythm rhythm;
  audio::Tonality tonality;
  audio::ExcerptVectors excerpts;
  audio::AudioFeatures features;
  std::string fingerprint;  // AcoustID's (audio::Chromaprint), empty if there is none
  std::string plot;         // an SVG if one was asked for
};

struct AnalyzeOptions {
  Wanted wanted = {};
  std::string title = {};  // of the plot
};

// Decodes the source to its end and computes everything in one pass: mono, resampled, one short-time Fourier transform
// that feeds all parts. A recording beyond six minutes whose loudest moment or tuning shows only later is decoded again
// for its descriptors. Memory beyond compact envelopes does not depend on the length.
// Errors: those of audio::Source::read.
base::Result<Analysis> analyze(audio::Source& source, const AnalyzeOptions& options = {});

// The keys of DESIGN 3.1 without "file" (docs/audio.md). Null where nothing was found: nothing is made up.
boost::json::object to_json(const Analysis& analysis);

}  // namespace mla::analysis
