#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "knowledge/audio/decode/source.h"

namespace mla::analysis {

// Mono signal that everything is computed from (librosa's conventions).
inline constexpr int kSampleRate = 22050;
inline constexpr int kFrameLength = 2048;
inline constexpr int kHopLength = 512;

// What one file sounds like. Parts are filled by what computes them; none is ever made up.
struct Analysis {
  double duration = 0;             // seconds: decoded frames over the sample rate
  int sample_rate = 0;             // Hz, the file's own
  int channels = 0;                // the file's own
  std::string codec;               // libav's name
  std::vector<std::string> notes;  // what was odd about the file, for people
};

// Decodes the source to its end and computes everything in one pass: mono, resampled, one short-time Fourier transform
// that feeds all parts. Memory beyond compact envelopes does not depend on the length.
// Errors: those of audio::Source::read; kCorrupt if there is not one sample.
base::Result<Analysis> analyze(audio::Source& source);

// The keys of DESIGN 3.1 without "file"; `notes` only if there are some.
boost::json::object to_json(const Analysis& analysis);

}  // namespace mla::analysis
