#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "knowledge/audio/dsp/stft.h"

namespace mla::audio {

// What rhythm is found in: how much each of four frequency ranges rises from frame to frame. Consumes power spectra
// |STFT|² of 22,050 Hz mono (n_fft 2048, hop 512, periodic Hann, centred: frame i is centred on sample 512 i) and keeps
// four bytes a frame, 0.6 MB an hour.
//
// A rise is the mean over the range's mel bands of max(0, L(t) − max(L(t−2) of the band and its neighbours)), L in
// decibels: spectral flux with a maximum filter against vibrato (Böck & Widmer, "Maximum filter vibrato suppression for
// onset detection", DAFx 2013). Levels are floored 50 dB under a decaying maximum, so that volume does not matter and
// faint noise between notes does not count. Not thread-safe.
class OnsetEnvelope : public FrameConsumer {
 public:
  static constexpr std::size_t kBins = 1025;
  static constexpr std::size_t kRanges = 4;  // below 150 Hz, to 600 Hz, to 2,500 Hz, to 10 kHz
  static constexpr double kFrameRate = 22050.0 / 512.0;
  static constexpr std::size_t kBands = 40;

  OnsetEnvelope();

  // REQUIRES: frame.power.size() == kBins, finite and not negative.
  void frame(const Frame& frame) override { add(frame.power); }
  void add(std::span<const float> power);

  std::size_t frames() const { return rises_.size(); }
  // In tenths of a decibel, at most 255.
  std::uint8_t rise(std::size_t frame, std::size_t range) const { return rises_[frame][range]; }

 private:
  using Levels = std::array<float, kBands>;

  std::vector<std::uint32_t> edges_;  // kBands + 2 bins, the corners of the triangles
  std::array<std::size_t, kBands> range_of_{};
  std::array<Levels, 2> before_{};  // the two frames before this one, by frame number modulo 2
  float loudest_ = 0.0F;
  std::vector<std::array<std::uint8_t, kRanges>> rises_;
};

}  // namespace mla::audio
