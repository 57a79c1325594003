#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "knowledge/audio/dsp/stft.h"
#include "knowledge/audio/excerpts/stereo_image.h"
#include "knowledge/audio/tonality/pitch_envelope.h"

namespace mla::audio {

// Changes whenever the columns of an excerpt or their meaning do: models of another version are refused.
inline constexpr int kExcerptVersion = 1;

// Columns that belong together; docs/genre-and-mood.md says what each family holds.
struct ExcerptFamily {
  std::string_view name;
  std::size_t columns;
};
std::span<const ExcerptFamily> excerpt_families();
// The sum of their columns.
std::size_t excerpt_columns();

// What stretches of 10 s of a file sound like, one vector each, all finite: what genre and mood are learnt from
// and found in. Of a long file at most kMost stretches, evenly spread, are kept.
struct ExcerptVectors {
  std::size_t count = 0;
  std::vector<float> values;  // count × excerpt_columns(), in the order of time

  static constexpr std::size_t kMost = 12;
  std::span<const float> row(std::size_t i) const {
    return std::span(values).subspan(i * excerpt_columns(), excerpt_columns());
  }
};

// Makes excerpt vectors in one pass: keeps the band levels of at most kMost + 1 excerpts (90 kB each) and works their
// columns out at the end. A rest of at least half an excerpt is one too; a file shorter than that is one if it lasts 3
// s, else none. Excerpts below −60 dB of a full-scale sine count as silence and are left out. Not thread-safe.
class Excerpts : public FrameConsumer {
 public:
  static constexpr std::size_t kFrames = 430;        // 10 s
  static constexpr std::size_t kFewestFrames = 130;  // 3 s

  // REQUIRES: both outlive this; `pitches` is given each frame (22,050 Hz, n_fft 2048, hop 512) before this is, and
  // `stereo` the samples of which it is made.
  Excerpts(const PitchEnvelope& pitches, StereoImage& stereo);
  ~Excerpts() override;

  void frame(const Frame& frame) override;
  void finish() override;
  // REQUIRES: finish() was called.
  ExcerptVectors result() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mla::audio
