#include "knowledge/audio/excerpts/stereo_image.h"

#include <algorithm>
#include <cmath>

#include "knowledge/audio/dsp/window.h"

namespace mla::audio {

StereoImage::StereoImage(int sample_rate)
    : sample_rate_(sample_rate),
      hop_(std::max(kFrame, static_cast<std::size_t>(sample_rate) / 2)),
      window_(hann_window(kFrame)),
      fft_(kFrame),
      left_spectrum_(fft_.bins()),
      right_spectrum_(fft_.bins()) {
  constexpr double kLowest = 60, kHighest = 20000;
  const double bin = static_cast<double>(sample_rate) / kFrame;
  for (std::size_t i = 0; i <= kBands; ++i) {
    const double edge = kLowest * std::pow(kHighest / kLowest, static_cast<double>(i) / kBands);
    const auto rounded = static_cast<std::size_t>(std::lround(edge / bin));
    edges_[i] =
        std::min(fft_.bins(), i == 0 ? std::max<std::size_t>(rounded, 1) : std::max(rounded, edges_[i - 1] + 1));
  }
}

void StereoImage::push(math::ConstMatrixView samples) {
  const std::span<const float> left = samples.row(0);
  const std::span<const float> right = samples.row(samples.rows > 1 ? 1 : 0);
  for (std::size_t i = 0; i < left.size();) {
    if (to_skip_ > 0) {
      const std::size_t skipped = std::min(to_skip_, left.size() - i);
      to_skip_ -= skipped;
      i += skipped;
      continue;
    }
    const std::size_t taken = std::min(kFrame - left_.size(), left.size() - i);
    const auto begin = static_cast<std::ptrdiff_t>(i), end = static_cast<std::ptrdiff_t>(i + taken);
    left_.insert(left_.end(), left.begin() + begin, left.begin() + end);
    right_.insert(right_.end(), right.begin() + begin, right.begin() + end);
    i += taken;
    if (left_.size() == kFrame) look();
  }
}

void StereoImage::look() {
  for (std::size_t i = 0; i < kFrame; ++i) {
    left_[i] *= window_[i];
    right_[i] *= window_[i];
  }
  fft_.forward(left_, left_spectrum_);
  fft_.forward(right_, right_spectrum_);
  Sums sums;
  for (std::size_t band = 0; band < kBands; ++band) {
    for (std::size_t k = edges_[band]; k < edges_[band + 1]; ++k) {
      const std::complex<float> l = left_spectrum_[k], r = right_spectrum_[k];
      sums.left[band] += l.real() * l.real() + l.imag() * l.imag();
      sums.right[band] += r.real() * r.real() + r.imag() * r.imag();
      sums.both[band] += l.real() * r.real() + l.imag() * r.imag();
    }
  }
  looks_.emplace_back(static_cast<double>(next_look_) / sample_rate_, sums);
  left_.clear();
  right_.clear();
  next_look_ += hop_;
  to_skip_ = hop_ - kFrame;
}

StereoImage::Sums StereoImage::take(double seconds) {
  Sums total;
  std::size_t taken = 0;
  for (; taken < looks_.size() && looks_[taken].first < seconds; ++taken) {
    const Sums& look = looks_[taken].second;
    for (std::size_t band = 0; band < kBands; ++band) {
      total.left[band] += look.left[band];
      total.right[band] += look.right[band];
      total.both[band] += look.both[band];
    }
  }
  looks_.erase(looks_.begin(), looks_.begin() + static_cast<std::ptrdiff_t>(taken));
  return total;
}

}  // namespace mla::audio
