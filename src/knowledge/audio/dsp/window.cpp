#include "knowledge/audio/dsp/window.h"

#include <cmath>
#include <numbers>

namespace mla::audio {

std::vector<double> exact_hann_window(std::size_t n) {
  std::vector<double> window(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double turn = static_cast<double>(i) / static_cast<double>(n);
    window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
  }
  return window;
}

std::vector<float> hann_window(std::size_t n) {
  const std::vector<double> exact = exact_hann_window(n);
  return {exact.begin(), exact.end()};
}

}  // namespace mla::audio
