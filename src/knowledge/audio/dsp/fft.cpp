#include "knowledge/audio/dsp/fft.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "knowledge/audio/dsp/fft.cpp"
#include <hwy/foreach_target.h>
// foreach_target must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mla::audio::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Spectrum X[0 … half] of real x from the transform Z[0 … half) of z[j] = x[2j] + i x[2j+1]:
// X[k] = (Z[k] + Z*[half−k])/2 − i/2 exp(−2πi k/n) (Z[k] − Z*[half−k]). Both ends of a pair are made at once.
// `cosine`, `sine` of 2πk/n; all complex numbers as (re, im) pairs.
void split_real(const float* z, std::size_t half, const float* cosine, const float* sine, float* x) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto one_half = hn::Set(d, 0.5f);
  x[0] = z[0] + z[1];
  x[1] = 0;
  x[2 * half] = z[0] - z[1];
  x[2 * half + 1] = 0;
  std::size_t k = 1;
  for (; k + lanes <= half / 2; k += lanes) {
    const std::size_t mirror = half - k - lanes + 1;
    hn::Vec<decltype(d)> ar, ai, br, bi;
    hn::LoadInterleaved2(d, z + 2 * k, ar, ai);
    hn::LoadInterleaved2(d, z + 2 * mirror, br, bi);
    br = hn::Reverse(d, br);
    bi = hn::Reverse(d, bi);
    const auto sum_re = hn::Mul(hn::Add(ar, br), one_half);
    const auto sum_im = hn::Mul(hn::Sub(ai, bi), one_half);
    const auto diff_re = hn::Mul(hn::Sub(ar, br), one_half);
    const auto diff_im = hn::Mul(hn::Add(ai, bi), one_half);
    const auto c = hn::LoadU(d, cosine + k);
    const auto s = hn::LoadU(d, sine + k);
    const auto turned_re = hn::NegMulAdd(s, diff_re, hn::Mul(c, diff_im));
    const auto turned_im = hn::Neg(hn::MulAdd(s, diff_im, hn::Mul(c, diff_re)));
    hn::StoreInterleaved2(hn::Add(sum_re, turned_re), hn::Add(sum_im, turned_im), d, x + 2 * k);
    hn::StoreInterleaved2(hn::Reverse(d, hn::Sub(sum_re, turned_re)), hn::Reverse(d, hn::Sub(turned_im, sum_im)), d,
                          x + 2 * mirror);
  }
  for (; k <= half / 2; ++k) {
    const std::size_t mirror = half - k;
    const float sum_re = 0.5f * (z[2 * k] + z[2 * mirror]);
    const float sum_im = 0.5f * (z[2 * k + 1] - z[2 * mirror + 1]);
    const float diff_re = 0.5f * (z[2 * k] - z[2 * mirror]);
    const float diff_im = 0.5f * (z[2 * k + 1] + z[2 * mirror + 1]);
    const float turned_re = cosine[k] * diff_im - sine[k] * diff_re;
    const float turned_im = -(sine[k] * diff_im + cosine[k] * diff_re);
    x[2 * mirror] = sum_re - turned_re;
    x[2 * mirror + 1] = turned_im - sum_im;
    x[2 * k] = sum_re + turned_re;
    x[2 * k + 1] = sum_im + turned_im;
  }
}

void magnitudes(const float* spectrum, std::size_t bins, float* magnitude, float* power) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t k = 0;
  for (; k + lanes <= bins; k += lanes) {
    hn::Vec<decltype(d)> re, im;
    hn::LoadInterleaved2(d, spectrum + 2 * k, re, im);
    const auto square = hn::MulAdd(re, re, hn::Mul(im, im));
    hn::StoreU(square, d, power + k);
    hn::StoreU(hn::Sqrt(square), d, magnitude + k);
  }
  const hn::CappedTag<float, 1> d1;
  for (; k < bins; ++k) {
    power[k] = spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1];
    magnitude[k] = hn::GetLane(hn::Sqrt(hn::Set(d1, power[k])));
  }
}

}  // namespace mla::audio::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
extern "C" {
#include <libavutil/mem.h>
#include <libavutil/tx.h>
}

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <numbers>
#include <optional>
#include <vector>

namespace mla::audio {
namespace {

HWY_EXPORT(split_real);
HWY_EXPORT(magnitudes);

// Memory aligned for every vector size that libavutil uses.
template <class T>
class AlignedBuffer {
 public:
  explicit AlignedBuffer(std::size_t size) : data_(static_cast<T*>(av_mallocz(size * sizeof(T)))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  AlignedBuffer(const AlignedBuffer&) = delete;
  AlignedBuffer& operator=(const AlignedBuffer&) = delete;
  ~AlignedBuffer() { av_free(data_); }
  T* data() { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }

 private:
  T* data_;
};

// A complex transform of a power of two.
class ComplexFft {
 public:
  ComplexFft(AVTXType type, std::size_t n, bool inverse, std::size_t element) : stride_(element) {
    const float scale_float = 1;
    const double scale_double = 1;
    const void* scale = type == AV_TX_FLOAT_FFT ? static_cast<const void*>(&scale_float) : &scale_double;
    if (av_tx_init(&context_, &run_, type, inverse ? 1 : 0, static_cast<int>(n), scale, 0) < 0) throw std::bad_alloc();
  }
  ComplexFft(const ComplexFft&) = delete;
  ComplexFft& operator=(const ComplexFft&) = delete;
  ~ComplexFft() { av_tx_uninit(&context_); }
  void operator()(void* out, void* in) { run_(context_, out, in, static_cast<std::ptrdiff_t>(stride_)); }

 private:
  AVTXContext* context_ = nullptr;
  av_tx_fn run_ = nullptr;
  std::size_t stride_;
};

constexpr std::size_t kSmallestPowerOfTwo = 32;

}  // namespace

class RealFft::Engine {
 public:
  virtual ~Engine() = default;
  virtual void forward(const float* in, std::complex<float>* out) = 0;
  virtual void forward(const double* in, std::complex<float>* out) = 0;
};

class RealFft::PowerOfTwo final : public Engine {
 public:
  explicit PowerOfTwo(std::size_t n)
      : half_(n / 2),
        fft_(AV_TX_FLOAT_FFT, n / 2, false, 2 * sizeof(float)),
        in_(n),
        transformed_(n),
        cosine_(n / 4 + 1),
        sine_(n / 4 + 1) {
    for (std::size_t k = 0; k <= n / 4; ++k) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
      cosine_[k] = static_cast<float>(std::cos(angle));
      sine_[k] = static_cast<float>(std::sin(angle));
    }
  }

  void forward(const float* in, std::complex<float>* out) override {
    std::copy(in, in + 2 * half_, in_.data());
    fft_(transformed_.data(), in_.data());
    HWY_DYNAMIC_DISPATCH(split_real)
    (transformed_.data(), half_, cosine_.data(), sine_.data(), reinterpret_cast<float*>(out));
  }

  void forward(const double* in, std::complex<float>* out) override {
    if (!precise_) precise_.emplace(2 * half_);
    precise_->forward(in, out);
  }

 private:
  // A complex transform of full length, made when first asked for.
  struct Precise {
    explicit Precise(std::size_t n)
        : size(n), fft(AV_TX_DOUBLE_FFT, n, false, sizeof(std::complex<double>)), work(n), transformed(n) {}
    void forward(const double* in, std::complex<float>* out) {
      std::copy(in, in + size, work.data());
      fft(transformed.data(), work.data());
      for (std::size_t k = 0; k <= size / 2; ++k) out[k] = std::complex<float>(transformed[k]);
    }
    std::size_t size;
    ComplexFft fft;
    AlignedBuffer<std::complex<double>> work;
    AlignedBuffer<std::complex<double>> transformed;
  };

  std::optional<Precise> precise_;
  std::size_t half_;
  ComplexFft fft_;
  AlignedBuffer<float> in_;
  AlignedBuffer<float> transformed_;
  std::vector<float> cosine_;
  std::vector<float> sine_;
};

// Bluestein 1970: jk = (j² + k² − (k−j)²)/2 turns the transform into a convolution with a chirp.
class RealFft::Chirp final : public Engine {
 public:
  explicit Chirp(std::size_t n)
      : n_(n),
        length_(std::max<std::size_t>(32, std::bit_ceil(2 * n - 1))),
        fft_(AV_TX_DOUBLE_FFT, length_, false, sizeof(Complex)),
        inverse_(AV_TX_DOUBLE_FFT, length_, true, sizeof(Complex)),
        chirp_(n),
        filter_(length_),
        work_(length_),
        transformed_(length_) {
    for (std::size_t j = 0; j < n; ++j) {
      // j² modulo 2n keeps the angle small and exact.
      const double angle = std::numbers::pi * static_cast<double>(j * j % (2 * n)) / static_cast<double>(n);
      chirp_[j] = Complex(std::cos(angle), -std::sin(angle));
      work_[j] = std::conj(chirp_[j]);
      if (j > 0) work_[length_ - j] = work_[j];
    }
    fft_(filter_.data(), work_.data());
  }

  void forward(const float* in, std::complex<float>* out) override { transform(in, out); }
  void forward(const double* in, std::complex<float>* out) override { transform(in, out); }

 private:
  using Complex = std::complex<double>;

  template <class Real>
  void transform(const Real* in, std::complex<float>* out) {
    for (std::size_t j = 0; j < n_; ++j) work_[j] = static_cast<double>(in[j]) * chirp_[j];
    for (std::size_t j = n_; j < length_; ++j) work_[j] = 0;
    fft_(transformed_.data(), work_.data());
    for (std::size_t j = 0; j < length_; ++j) transformed_[j] *= filter_[j];
    inverse_(work_.data(), transformed_.data());
    const double scale = 1.0 / static_cast<double>(length_);
    for (std::size_t k = 0; k <= n_ / 2; ++k) out[k] = std::complex<float>(scale * work_[k] * chirp_[k]);
  }

  std::size_t n_;
  std::size_t length_;
  ComplexFft fft_;
  ComplexFft inverse_;
  std::vector<Complex> chirp_;
  AlignedBuffer<Complex> filter_;
  AlignedBuffer<Complex> work_;
  AlignedBuffer<Complex> transformed_;
};

RealFft::RealFft(std::size_t n) : n_(n) {
  if (std::has_single_bit(n) && n >= kSmallestPowerOfTwo) {
    engine_ = std::make_unique<PowerOfTwo>(n);
  } else {
    engine_ = std::make_unique<Chirp>(n);
  }
}
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;
RealFft::~RealFft() = default;

void RealFft::forward(std::span<const float> in, std::span<std::complex<float>> out) {
  engine_->forward(in.data(), out.data());
}

void RealFft::forward(std::span<const double> in, std::span<std::complex<float>> out) {
  engine_->forward(in.data(), out.data());
}

void magnitudes(std::span<const std::complex<float>> spectrum, std::span<float> magnitude, std::span<float> power) {
  HWY_DYNAMIC_DISPATCH(magnitudes)
  (reinterpret_cast<const float*>(spectrum.data()), spectrum.size(), magnitude.data(), power.data());
}

}  // namespace mla::audio
#endif  // HWY_ONCE
