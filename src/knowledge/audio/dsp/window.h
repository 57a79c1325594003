#pragma once

#include <cstddef>
#include <vector>

namespace mla::audio {

// The periodic Hann window of n points, w[i] = ½ − ½ cos(2πi/n): scipy.signal.get_window("hann", n).
std::vector<double> exact_hann_window(std::size_t n);
// The same, rounded to single precision.
std::vector<float> hann_window(std::size_t n);

}  // namespace mla::audio
