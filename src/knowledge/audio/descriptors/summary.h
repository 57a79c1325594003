#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "knowledge/audio/descriptors/spectral.h"
#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

inline constexpr std::size_t kMfccRows = 13;

// Mean and standard deviation over the frames.
struct Spread {
  double mean = 0;
  double deviation = 0;
};

// Statistics over all frames of a file; rows are librosa's descriptors with its defaults.
struct DescriptorSummary {
  std::uint64_t frames = 0;
  Spread spectral_centroid;   // Hz
  Spread spectral_bandwidth;  // Hz
  Spread spectral_rolloff;    // Hz
  Spread spectral_flatness;   // 0 … 1
  Spread zero_crossing_rate;  // 0 … 1
  Spread rms;
  Spread onset_strength;                                 // dB a frame, without the zeros that librosa puts first
  std::array<Spread, kContrastBands> spectral_contrast;  // dB; all 0 below 12.8 kHz sample rate
  std::array<Spread, kMfccRows> mfcc;
  std::array<double, kMfccRows> mfcc_change{};  // mean |difference| of neighbouring frames
  std::array<Spread, 12> chroma;                // chroma_stft, from C
  double tuning = 0;                            // semitones from 440 Hz, [−.5, .5)
};

// What librosa refers a frame's values to, of the whole file.
struct SummaryReferences {
  float mel_peak = -1e30f;         // dB: quieter than this by more than top_db counts as that much
  float contrast_peak = -1e30f;    // the same of the contrast bands' peaks
  float contrast_valley = -1e30f;  // and valleys
  double tuning = 0;               // semitones from 440 Hz, [−.5, .5)
};

// Makes the summary. The references are known at the file's end: the first six minutes are kept compactly (about 45 MB)
// until then, so that one pass is exact. Beyond them the tuning is that of the first six minutes and the peaks are the
// loudest so far; if that made a difference, `exact` says so, and a second pass with `references` is. Memory is
// bounded.
class Summary : public FrameConsumer {
 public:
  // REQUIRES: check(options).ok().
  explicit Summary(const StftOptions& options, const std::optional<SummaryReferences>& known = std::nullopt);
  ~Summary() override;

  void frame(const Frame& frame) override;
  void finish() override;
  // REQUIRES: finish() was called.
  const DescriptorSummary& result() const;
  SummaryReferences references() const;
  bool exact() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mla::audio
