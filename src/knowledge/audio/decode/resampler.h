#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/math/matrix.h"
#include "knowledge/audio/decode/source.h"

namespace mla::audio {

// Appends the mean of the channels × frames samples to `mono`: numpy's float32 mean over channels, bit for bit.
// REQUIRES: at least one channel.
void downmix(math::ConstMatrixView samples, std::vector<float>& mono);

// One channel from one sample rate to another, in pieces, with soxr's quality "HQ": what librosa.load does by default.
// The pieces joined are equal to librosa.resample of the whole; n samples become ceil(n · to / from).
// Where the rates are equal the samples pass unchanged. Not thread-safe.
class Resampler {
 public:
  // REQUIRES: rates > 0 (Hz). Throws std::bad_alloc.
  Resampler(int from, int to);
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  // Takes the next samples, appends what is ready to `out`.
  void push(std::span<const float> samples, std::vector<float>& out);
  // Appends the rest. REQUIRES: nothing is pushed after it.
  void finish(std::vector<float>& out);

 private:
  struct Deleter {
    void operator()(void* state) const;
  };
  void run(std::span<const float> samples, bool last, std::vector<float>& out);

  double ratio_;  // to / from
  std::unique_ptr<void, Deleter> soxr_;
  std::uint64_t pushed_ = 0;
  std::uint64_t given_ = 0;
};

// A source as one channel at `sample_rate` Hz, in blocks. The source has to outlive it. `tap` is shown the channels ×
// frames samples as they are decoded.
class MonoReader {
 public:
  using Tap = std::function<void(math::ConstMatrixView samples)>;
  MonoReader(Source& source, int sample_rate, Tap tap = {});

  // The next samples, at least `kBlock` unless it is the last block; empty at the end. Valid until the next call.
  base::Result<std::span<const float>> read();

  static constexpr std::size_t kBlock = 4096;

 private:
  Source* source_;
  Tap tap_;
  Resampler resampler_;
  std::vector<float> gathered_;  // mono at the source's rate
  std::vector<float> out_;
  bool finished_ = false;
};

// A whole file in memory as librosa.load gives it: one channel at `sample_rate` Hz, or at the file's own if that is 0.
struct LoadedAudio {
  std::vector<float> samples;
  int sample_rate = 0;
};
base::Result<LoadedAudio> load_mono(const std::filesystem::path& path, int sample_rate,
                                    const DecodeLimits& limits = {});

}  // namespace mla::audio
