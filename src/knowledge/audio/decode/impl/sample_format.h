#pragma once

#include <cstdint>
#include <vector>

struct AVFrame;

namespace mla::audio {

// Writes a decoded frame as float samples, one of `channels` channels after the other, into `out` (replacing what is
// there); full scale of integers is 1. A frame with another number of channels is averaged to mono and repeated. NaN
// and infinite samples become 0. Returns how many did, or -1 if the sample format is none that we know.
std::int64_t to_float(const AVFrame& frame, int channels, std::vector<float>& out);

}  // namespace mla::audio
