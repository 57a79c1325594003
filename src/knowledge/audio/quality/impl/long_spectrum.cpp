#include "knowledge/audio/quality/impl/long_spectrum.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "knowledge/audio/dsp/window.h"

namespace mla::audio {
namespace {

constexpr std::size_t kLeast = 256;

std::size_t stretch(int sample_rate) {
  return std::max(kLeast, std::bit_floor(static_cast<std::size_t>(sample_rate) / 8 + 1));
}

}  // namespace

LongSpectrum::LongSpectrum(int sample_rate, Consumer consumer)
    : length_(stretch(sample_rate)),
      bin_hz_(static_cast<double>(sample_rate) / static_cast<double>(length_)),
      consumer_(std::move(consumer)),
      fft_(length_),
      window_(hann_window(length_)),
      spectrum_(length_ / 2 + 1),
      power_(length_ / 2 + 1) {
  double squares = 0;
  for (const float value : window_) squares += static_cast<double>(value) * value;
  scale_ = static_cast<float>(2.0 / (squares * static_cast<double>(length_)));
  samples_.reserve(length_);
}

void LongSpectrum::push(math::ConstMatrixView block) {
  for (std::size_t begin = 0; begin < block.cols;) {
    if (passed_over_ < length_) {
      const std::size_t count = std::min(length_ - passed_over_, block.cols - begin);
      passed_over_ += count;
      begin += count;
      continue;
    }
    const std::size_t count = std::min(length_ - samples_.size(), block.cols - begin);
    const auto from = block.row(stretches_ % block.rows).subspan(begin, count);
    samples_.insert(samples_.end(), from.begin(), from.end());
    begin += count;
    if (samples_.size() < length_) continue;
    look();
    samples_.clear();
    passed_over_ = 0;
    ++stretches_;
  }
}

void LongSpectrum::look() {
  for (std::size_t i = 0; i < length_; ++i) samples_[i] *= window_[i];
  fft_.forward(samples_, spectrum_);
  for (std::size_t k = 0; k < power_.size(); ++k) power_[k] = scale_ * std::norm(spectrum_[k]);
  consumer_({power_, bin_hz_});
}

}  // namespace mla::audio
