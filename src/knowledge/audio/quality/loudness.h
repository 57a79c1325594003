#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "knowledge/audio/quality/block.h"

namespace mla::audio {

// How loud a recording is, after ITU-R BS.1770-4 and EBU R128 (Tech 3341, 3342).
struct Loudness {
  std::optional<double> integrated_lufs;      // none: shorter than 400 ms, or nothing above -70 LUFS
  std::optional<double> max_momentary_lufs;   // 400 ms; none as above
  std::optional<double> max_short_term_lufs;  // 3 s; none if shorter
  double range_lu = 0;                        // between the 10th and 95th percentile of the short-term loudness
  std::optional<double> true_peak_dbtp;       // none: digital silence
  double true_peak_seconds = 0;               // where
  std::optional<double> sample_peak_dbfs;     // none: digital silence
};

// Measures it block by block. Keeps one float for each 100 ms (144 kB an hour). Not thread-safe.
class LoudnessMeter {
 public:
  // Channels in the order of WAV and of FFmpeg: L R C LFE, back pair, side pair. REQUIRES: both > 0.
  LoudnessMeter(int sample_rate, int channels);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;

  // The next samples. REQUIRES: as many rows as channels, at least one frame.
  void push(const Block& block);
  // Call once, after the last block.
  Loudness finish();

 private:
  struct Channel;
  struct Pair;

  void close_step();

  int sample_rate_;
  std::size_t frames_a_step_;  // 100 ms
  std::size_t filled_ = 0;     // frames of the step that is being measured
  double energy_ = 0;          // its weighted sum of squares
  std::vector<Channel> channels_;
  std::vector<Pair> pairs_;   // of channels, weighted side by side
  std::vector<float> steps_;  // mean weighted energy of each 100 ms
};

}  // namespace mla::audio
