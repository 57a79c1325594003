#include "knowledge/audio/dsp/stft.h"

#include <algorithm>

#include <fmt/format.h>

#include "knowledge/audio/dsp/fft.h"
#include "knowledge/audio/dsp/window.h"

namespace mla::audio {
namespace {

constexpr std::size_t kPiece = 8192;  // samples taken at once, so that a long block needs no long buffer

base::Status in_range(const char* name, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return base::Error{base::ErrorCode::kInvalidArgument,
                     fmt::format("{} is {}, it has to be from {} to {}", name, value, least, most)};
}

}  // namespace

base::Status check(const StftOptions& options) {
  MLA_CHECK(in_range("sample-rate", options.sample_rate, 1000, 768000));
  MLA_CHECK(in_range("n-fft", options.n_fft, 16, 65536));
  return in_range("hop-length", options.hop_length, 1, options.n_fft);
}

struct Stft::Scratch {
  explicit Scratch(std::size_t n)
      : fft(n),
        window(exact_hann_window(n)),
        single_window(window.begin(), window.end()),
        single(n),
        windowed(n),
        spectrum(n / 2 + 1),
        magnitude(n / 2 + 1),
        power(n / 2 + 1) {}

  void transform(const float* samples, bool precise) {
    const std::size_t n = window.size();
    if (precise) {
      for (std::size_t i = 0; i < n; ++i) windowed[i] = static_cast<double>(samples[i]) * window[i];
      fft.forward(windowed, spectrum);
    } else {
      for (std::size_t i = 0; i < n; ++i) single[i] = samples[i] * single_window[i];
      fft.forward(single, spectrum);
    }
    magnitudes(spectrum, magnitude, power);
  }

  RealFft fft;
  std::vector<double> window;
  std::vector<float> single_window;
  std::vector<float> single;
  std::vector<double> windowed;
  std::vector<std::complex<float>> spectrum;
  std::vector<float> magnitude;
  std::vector<float> power;
};

Stft::Stft(const StftOptions& options, std::vector<FrameConsumer*> consumers)
    : options_(options),
      consumers_(std::move(consumers)),
      scratch_(std::make_unique<Scratch>(static_cast<std::size_t>(options.n_fft))),
      pending_(static_cast<std::size_t>(options.n_fft) / 2, 0.0f) {}
Stft::~Stft() = default;

void Stft::push(std::span<const float> samples) {
  const auto n = static_cast<std::size_t>(options_.n_fft);
  const auto hop = static_cast<std::size_t>(options_.hop_length);
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(samples.size(), kPiece));
    samples = samples.subspan(piece.size());
    pending_.insert(pending_.end(), piece.begin(), piece.end());
    pushed_ += piece.size();
    std::size_t begin = 0;
    for (; begin + n <= pending_.size(); begin += hop) emit(begin, 0);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(std::min(begin, pending_.size())));
  }
}

void Stft::finish() {
  if (pushed_ > 0) {
    const auto n = static_cast<std::size_t>(options_.n_fft);
    const auto hop = static_cast<std::size_t>(options_.hop_length);
    const std::size_t end = pending_.size();
    pending_.resize(end + n / 2, 0.0f);
    for (std::size_t begin = 0; begin + n <= pending_.size(); begin += hop) {
      emit(begin, begin + n > end ? begin + n - end : 0);
    }
  }
  for (FrameConsumer* consumer : consumers_) consumer->finish();
}

void Stft::emit(std::size_t begin, std::size_t padded_after) {
  Scratch& s = *scratch_;
  const std::size_t n = s.window.size();
  const float* samples = pending_.data() + begin;
  s.transform(samples, options_.precise);
  const std::size_t start = index_ * static_cast<std::size_t>(options_.hop_length);
  const Frame frame{index_,      {samples, n}, start < n / 2 ? n / 2 - start : 0, padded_after, s.spectrum,
                    s.magnitude, s.power};
  for (FrameConsumer* consumer : consumers_) consumer->frame(frame);
  ++index_;
}

}  // namespace mla::audio
