#include "knowledge/audio/decode/impl/sample_format.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

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
void take_apart(const AVFrame& frame, bool planar, std::size_t channels, float* out) {
  const auto samples = static_cast<std::size_t>(frame.nb_samples);
  for (std::size_t c = 0; c < channels; ++c, out += samples) {
    const auto* in = reinterpret_cast<const T*>(frame.extended_data[planar ? c : 0]);
    if (planar || channels == 1) {
      for (std::size_t i = 0; i < samples; ++i) out[i] = scaled(in[i]);
    } else {
      for (std::size_t i = 0; i < samples; ++i) out[i] = scaled(in[i * channels + c]);
    }
  }
}

// An exponent of all ones means NaN or infinity.
bool is_finite(float sample) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &sample, sizeof bits);
  return (bits & 0x7F800000U) != 0x7F800000U;
}

std::int64_t silence_non_finite(std::span<float> samples) {
  std::uint32_t bad = 0;  // first without a branch, so that it vectorises: there is hardly ever one
  for (const float sample : samples) bad |= is_finite(sample) ? 0U : 1U;
  if (bad == 0) return 0;
  const auto silenced = [](float sample) { return !is_finite(sample); };
  const auto replaced = std::count_if(samples.begin(), samples.end(), silenced);
  std::replace_if(samples.begin(), samples.end(), silenced, 0.0F);
  return replaced;
}

}  // namespace

std::int64_t to_float(const AVFrame& frame, int channels, std::vector<float>& out) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const auto own = static_cast<std::size_t>(frame.ch_layout.nb_channels);
  const auto samples = static_cast<std::size_t>(frame.nb_samples);
  out.resize(samples * own);
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      take_apart<std::uint8_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_S16:
      take_apart<std::int16_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_S32:
      take_apart<std::int32_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_S64:
      take_apart<std::int64_t>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_FLT:
      take_apart<float>(frame, planar, own, out.data());
      break;
    case AV_SAMPLE_FMT_DBL:
      take_apart<double>(frame, planar, own, out.data());
      break;
    default:
      return -1;
  }
  const std::int64_t replaced = silence_non_finite(out);
  const auto wanted = static_cast<std::size_t>(channels);
  if (own == wanted) return replaced;

  std::vector<float> adapted(samples * wanted);
  for (std::size_t i = 0; i < samples; ++i) {
    float sum = 0;
    for (std::size_t c = 0; c < own; ++c) sum += out[c * samples + i];
    for (std::size_t c = 0; c < wanted; ++c) adapted[c * samples + i] = sum / static_cast<float>(own);
  }
  out.swap(adapted);
  return replaced;
}

}  // namespace mla::audio
