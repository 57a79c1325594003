#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/math/matrix.h"
#include "knowledge/audio/decode/source.h"

namespace mla::audio {

// The fingerprint by which AcoustID knows a recording: libchromaprint's (algorithm 2, compressed, base64) of the first
// 120 seconds, the string that its own tool `fpcalc` prints. Like that tool it hears 16-bit samples, mixed and
// resampled to 11,025 Hz mono by libswresample with Chromaprint's own settings. (That would resample two channels of
// floats, then mix them: they are mixed before, which is the same sum at half the cost. Of 16-bit channels each step
// rounds, so that their order is kept.) Memory does not depend on the length; samples beyond the 120 seconds cost
// nothing. Not thread-safe.
class Chromaprint {
 public:
  static constexpr double kSeconds = 120;

  // Of a file's own samples; channels beyond two are mixed by the usual layout of their number. Numbers without one (9,
  // 64) have no fingerprint, as with fpcalc. Throws std::bad_alloc.
  explicit Chromaprint(const SourceInfo& info);
  Chromaprint(Chromaprint&&) noexcept;
  Chromaprint& operator=(Chromaprint&&) noexcept;
  ~Chromaprint();

  // The next channels × frames samples, as `Source` gives them.
  void push(math::ConstMatrixView samples);
  // Empty below about 2.7 seconds, which are too few for a fingerprint. REQUIRES: nothing is pushed after it.
  std::string finish();

 private:
  void convert(math::ConstMatrixView samples);
  void feed(const std::int16_t* samples, std::size_t count);

  struct Parts;
  std::unique_ptr<Parts> parts_;
  bool integers_;                      // the file's samples have at most 16 bits
  bool mixes_;                         // two channels of floats
  std::size_t left_;                   // samples at 11,025 Hz that may still come
  std::vector<float> mixed_;           // of the current block
  std::vector<std::int16_t> samples_;  // of the current block, channel by channel, if they are integers
  std::vector<const std::uint8_t*> planes_;
  std::vector<std::int16_t> mono_;
};

}  // namespace mla::audio
