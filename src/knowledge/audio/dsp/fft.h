#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>

namespace mla::audio {

// The discrete Fourier transform of n real numbers, X[k] = Σ_j x[j] exp(−2πi jk/n) for k = 0 … n/2, not normalised.
// Powers of two run on libavutil's complex transform of half the length, every other length as Bluestein's chirp
// transform in double precision (slower, as accurate). Holds scratch memory: one object a thread.
class RealFft {
 public:
  // REQUIRES: 1 <= n <= 2^24. Throws std::bad_alloc.
  explicit RealFft(std::size_t n);
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;
  ~RealFft();

  std::size_t size() const { return n_; }
  std::size_t bins() const { return n_ / 2 + 1; }

  // REQUIRES: in.size() == size(), out.size() == bins(); no overlap.
  void forward(std::span<const float> in, std::span<std::complex<float>> out);
  // The same in double precision up to the rounding of the result, several times slower: what is far below the loudest
  // bin is right too, where single precision leaves noise about 130 dB below.
  void forward(std::span<const double> in, std::span<std::complex<float>> out);

 private:
  class Engine;
  class PowerOfTwo;
  class Chirp;

  std::size_t n_;
  std::unique_ptr<Engine> engine_;
};

// power[k] = |spectrum[k]|² and magnitude[k] = |spectrum[k]|. REQUIRES: three spans of one size.
void magnitudes(std::span<const std::complex<float>> spectrum, std::span<float> magnitude, std::span<float> power);

}  // namespace mla::audio
