#include "knowledge/audio/decode/impl/sample_format.h"

#include <cmath>
#include <cstddef>
#include <cstring>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
}

namespace mla::audio {
namespace {

float scaled(std::uint8_t sample) { return (static_cast<float>(sample) - 128.0F) * (1.0F / 128.0F); }
float scaled(std::int16_t sample) { return static_cast<float>(sample) * (1.0F / 32768.0F); }
float scaled(std::int32_t sample) { return static_cast<float>(sample) * (1.0F / 2147483648.0F); }
float scaled(std::int64_t sample) { return static_cast<float>(sample) * (1.0F / 9223372036854775808.0F); }
float scaled(float sample) { return sample; }
float scaled(double sample) { return static_cast<float>(sample); }

template <class T>
void interleave(const AVFrame& frame, bool planar, int channels, float* out) {
  const int samples = frame.nb_samples;
  if (!planar) {
    const auto* in = reinterpret_cast<const T*>(frame.extended_data[0]);
    const std::ptrdiff_t count = std::ptrdiff_t{samples} * channels;
    for (std::ptrdiff_t i = 0; i < count; ++i) out[i] = scaled(in[i]);
    return;
  }
  for (int c = 0; c < channels; ++c) {
    const auto* in = reinterpret_cast<const T*>(frame.extended_data[c]);
    float* to = out + c;
    for (int i = 0; i < samples; ++i, to += channels) *to = scaled(in[i]);
  }
}

// Branch-free so that it vectorises: an exponent of all ones means NaN or infinity.
std::int64_t silence_non_finite(std::vector<float>& samples) {
  std::int64_t replaced = 0;
  for (float& sample : samples) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &sample, sizeof bits);
    const bool bad = (bits & 0x7F800000U) == 0x7F800000U;
    replaced += bad ? 1 : 0;
    sample = bad ? 0.0F : sample;
  }
  return replaced;
}

}  // namespace

std::int64_t to_float(const AVFrame& frame, int channels, std::vector<float>& out) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int own = frame.ch_layout.nb_channels;
  out.resize(static_cast<std::size_t>(frame.nb_samples) * static_cast<std::size_t>(own));
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      interleave<std::uint8_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_S16:
      interleave<std::int16_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_S32:
      interleave<std::int32_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_S64:
      interleave<std::int64_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_FLT:
      interleave<float>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_DBL:
      interleave<double>(frame, planar, own, out.data());
      break;
    default:
      return -1;
  }
  const std::int64_t replaced = silence_non_finite(out);
  if (own == channels) return replaced;

  std::vector<float> adapted(static_cast<std::size_t>(frame.nb_samples) * static_cast<std::size_t>(channels));
  for (int i = 0; i < frame.nb_samples; ++i) {
    float sum = 0;
    for (int c = 0; c < own; ++c) sum += out[static_cast<std::size_t>(i) * own + c];
    for (int c = 0; c < channels; ++c) {
      adapted[static_cast<std::size_t>(i) * channels + c] = sum / static_cast<float>(own);
    }
  }
  out.swap(adapted);
  return replaced;
}

}  // namespace mla::audio
