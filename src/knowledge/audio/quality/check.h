#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "knowledge/audio/quality/block.h"
#include "knowledge/audio/quality/finding.h"

namespace mla::audio {

// What is known of a recording before its first sample.
struct Recording {
  int sample_rate = 0;    // Hz, > 0
  int channels = 0;       // > 0
  bool lossless = false;  // the file keeps what it was given: PCM, FLAC
  int bits = 0;           // a sample as stored, 0 if that means nothing (floats, lossy codecs)

  double seconds(std::size_t frame) const { return static_cast<double>(frame) / sample_rate; }
};

// The power in each bin from 0 Hz to the Nyquist frequency: a full-scale sine has 0.5 in all, noise its mean square.
struct PowerSpectrum {
  std::span<const float> power;
  double bin_hz = 0;
};

// Looks for one kind of fault while the samples pass. Not thread-safe.
class QualityCheck {
 public:
  virtual ~QualityCheck() = default;
  // The next samples. REQUIRES: as many channels as the recording has, at least one frame.
  virtual void push(const Block& block) = 0;
  // A spectrum now and then of what has passed (LongSpectrum).
  virtual void look_at(const PowerSpectrum& /*spectrum*/) {}
  // Adds what was found; once, after the last block.
  virtual void finish(std::vector<Finding>& findings) = 0;
};

}  // namespace mla::audio
