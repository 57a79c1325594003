#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

// A point of the spectrogram that is louder than all around it.
struct SpectralPeak {
  std::uint32_t frame = 0;
  float octave = 0;  // log2 of its frequency over SpectralPeaks::kLowestHertz, interpolated between bins
  float level = 0;   // log2 of its power, tilted towards the treble: which peaks outlast noise and codecs
};

// Finds the peaks of power spectra |STFT|² of 22,050 Hz mono (n_fft 2048, hop 512) between 200 Hz and 5 kHz: bins that
// are the loudest within ±kReachBins (±108 Hz) and ±kReachFrames (±.16 s), some 30 to 60 a second. They are what is
// left of music in noise and after lossy coding (Wang, "An industrial-strength audio search algorithm", ISMIR 2003).
// Keeps 12 bytes a peak. Not thread-safe.
class SpectralPeaks : public FrameConsumer {
 public:
  static constexpr double kLowestHertz = 200;
  static constexpr double kHighestHertz = 5000;
  static constexpr double kFrameSeconds = 512.0 / 22050.0;
  static constexpr std::size_t kReachBins = 10;
  static constexpr std::size_t kReachFrames = 7;

  SpectralPeaks();

  // REQUIRES: frames of the above transform.
  void frame(const Frame& frame) override;
  void finish() override;

  // In the order of their frames, then of frequency.
  const std::vector<SpectralPeak>& peaks() const { return peaks_; }
  std::size_t frames() const { return frames_; }

 private:
  struct Candidate {
    std::uint32_t bin;  // of the band
    float power;
    SpectralPeak peak;
  };
  struct Row {
    std::vector<float> loudest;  // of each bin of the band: the largest power within kReachBins
    std::vector<Candidate> candidates;
  };
  void settle(std::size_t frame);

  std::vector<Row> rows_;  // the last 2 kReachFrames + 1 frames, by frame number modulo their count
  std::vector<float> scratch_;
  std::size_t frames_ = 0;
  std::vector<SpectralPeak> peaks_;
};

}  // namespace mla::audio
