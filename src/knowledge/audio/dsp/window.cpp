#include "knowledge/audio/dsp/window.h"

#include <cmath>
#include <numbers>

namespace mla::audio {

std::vector<float> hann_window(std::size_t n) {
  std::vector<float> window(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double turn = static_cast<double>(i) / static_cast<double>(n);
    window[i] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn));
  }
  return window;
}

}  // namespace mla::audio
