#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "foundation/base/result.h"

namespace mla::audio {

struct StftOptions {
  int sample_rate = 22050;  // Hz
  int n_fft = 2048;         // samples a frame, the window's length too
  int hop_length = 512;     // samples between frames
  bool precise = false;     // transforms in double precision: exact far below the loudest bin, slower
};

// kInvalidArgument with the option's name if one is out of range (rate 1,000 … 768,000, n_fft 16 … 65,536, hop 1 …
// n_fft).
base::Status check(const StftOptions& options);

// One frame of a signal. The spans are valid during the call that passes it.
struct Frame {
  std::size_t index = 0;           // its centre is sample index · hop_length
  std::span<const float> samples;  // n_fft samples, not windowed; zeros where it hangs over an end of the signal
  std::size_t padded_before = 0;   // how many of them are such zeros at its begin
  std::size_t padded_after = 0;    // and at its end
  std::span<const std::complex<float>> spectrum;  // n_fft/2 + 1 bins, Hann-windowed
  std::span<const float> magnitude;               // |spectrum|
  std::span<const float> power;                   // |spectrum|²
};

// What is made of frames: every descriptor, tempo, key. Frames come in order; `finish` comes once, after the last.
class FrameConsumer {
 public:
  virtual ~FrameConsumer() = default;
  virtual void frame(const Frame& frame) = 0;
  virtual void finish() {}
};

// Short-time Fourier transform of a stream, with librosa's conventions (librosa.stft: center=True,
// pad_mode="constant", periodic Hann): 1 + (samples − 1 + (n_fft even)) / hop frames, the same in whatever pieces the
// samples come. Each frame is made once and goes to all consumers. Memory does not depend on the length. Not
// thread-safe.
class Stft {
 public:
  // REQUIRES: check(options).ok(); the consumers outlive it.
  Stft(const StftOptions& options, std::vector<FrameConsumer*> consumers);
  ~Stft();

  void push(std::span<const float> samples);
  // Gives the last frames and finishes the consumers. A stream without samples has no frames.
  void finish();

  std::uint64_t samples() const { return pushed_; }
  std::size_t frames() const { return index_; }

 private:
  void emit(std::size_t begin, std::size_t padded_after);

  struct Scratch;
  StftOptions options_;
  std::vector<FrameConsumer*> consumers_;
  std::unique_ptr<Scratch> scratch_;
  std::vector<float> pending_;  // samples (and padding) from the next frame's begin on
  std::size_t index_ = 0;
  std::uint64_t pushed_ = 0;
};

}  // namespace mla::audio
