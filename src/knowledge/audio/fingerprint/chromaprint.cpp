#include "knowledge/audio/fingerprint/chromaprint.h"

#include <algorithm>
#include <new>
#include <span>

#include <chromaprint.h>
extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace mla::audio {
namespace {

constexpr int kRate = 11025;  // Hz, what Chromaprint works at

struct FreeConverter {
  void operator()(SwrContext* converter) const { ::swr_free(&converter); }
};
struct FreeContext {
  void operator()(ChromaprintContext* context) const { ::chromaprint_free(context); }
};
using Converter = std::unique_ptr<SwrContext, FreeConverter>;

// Chromaprint's settings for libswresample: src/audio/ffmpeg_audio_processor_swresample.h of its 1.5.1, as far as that
// has them. The layout is what the number of channels usually means.
Converter make_converter(int sample_rate, int channels, bool integers) {
  AVChannelLayout in{};
  AVChannelLayout mono{};
  ::av_channel_layout_default(&in, channels);
  if (in.order != AV_CHANNEL_ORDER_NATIVE) return nullptr;  // a number of channels that means nothing
  ::av_channel_layout_default(&mono, 1);
  SwrContext* made = nullptr;
  const int error = ::swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_S16, kRate, &in,
                                          integers ? AV_SAMPLE_FMT_S16P : AV_SAMPLE_FMT_FLTP, sample_rate, 0, nullptr);
  Converter converter(made);
  ::av_channel_layout_uninit(&in);
  ::av_channel_layout_uninit(&mono);
  if (error < 0) throw std::bad_alloc();
  ::av_opt_set_int(made, "resampler", SWR_ENGINE_SWR, 0);
  ::av_opt_set_int(made, "filter_size", 16, 0);
  ::av_opt_set_int(made, "phase_shift", 8, 0);
  ::av_opt_set_int(made, "linear_interp", 1, 0);
  ::av_opt_set_double(made, "cutoff", 0.8, 0);
  if (::swr_init(made) < 0) throw std::bad_alloc();
  return converter;
}

// The integers that samples of at most 16 bits were, and the nearest ones otherwise.
void to_16_bits(std::span<const float> samples, std::int16_t* out) {
  constexpr float kRounder = 12582912.0F;  // 1.5 · 2^23: adding it leaves no bits for fractions
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const float scaled = std::clamp(samples[i] * 32768.0F, -32768.0F, 32767.0F);
    out[i] = static_cast<std::int16_t>((scaled + kRounder) - kRounder);
  }
}

}  // namespace

struct Chromaprint::Parts {
  std::unique_ptr<ChromaprintContext, FreeContext> context;
  Converter converter;  // none if the file is what Chromaprint hears already
};

Chromaprint::Chromaprint(const SourceInfo& info)
    : parts_(std::make_unique<Parts>()),
      integers_(info.integers),
      mixes_(!info.integers && info.channels == 2),
      left_(static_cast<std::size_t>(kSeconds * kRate)) {
  parts_->context.reset(::chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT));
  if (!parts_->context || ::chromaprint_start(parts_->context.get(), kRate, 1) == 0) throw std::bad_alloc();
  if (info.sample_rate != kRate || info.channels != 1) {
    parts_->converter = make_converter(info.sample_rate, mixes_ ? 1 : info.channels, integers_);
    if (!parts_->converter) left_ = 0;
  }
}
Chromaprint::Chromaprint(Chromaprint&&) noexcept = default;
Chromaprint& Chromaprint::operator=(Chromaprint&&) noexcept = default;
Chromaprint::~Chromaprint() = default;

void Chromaprint::push(math::ConstMatrixView samples) {
  if (left_ == 0 || samples.cols == 0) return;
  if (mixes_) {
    mixed_.resize(samples.cols);
    const auto left = samples.row(0), right = samples.row(1);
    for (std::size_t i = 0; i < mixed_.size(); ++i) mixed_[i] = 0.5F * (left[i] + right[i]);
    return convert({mixed_.data(), 1, mixed_.size(), mixed_.size()});
  }
  if (integers_ || !parts_->converter) {
    samples_.resize(samples.rows * samples.cols);
    for (std::size_t c = 0; c < samples.rows; ++c) to_16_bits(samples.row(c), samples_.data() + c * samples.cols);
  }
  if (parts_->converter) {
    convert(samples);
  } else {
    feed(samples_.data(), samples.cols);
  }
}

std::string Chromaprint::finish() {
  if (parts_->converter && left_ > 0) convert({});
  ChromaprintContext* context = parts_->context.get();
  int items = 0;
  char* text = nullptr;
  if (::chromaprint_finish(context) == 0 || ::chromaprint_get_raw_fingerprint_size(context, &items) == 0 ||
      items == 0 || ::chromaprint_get_fingerprint(context, &text) == 0) {
    return {};
  }
  std::string fingerprint(text);
  ::chromaprint_dealloc(text);
  return fingerprint;
}

// Resamples the samples, or what is left inside the converter if there are none, and hands them on.
void Chromaprint::convert(math::ConstMatrixView samples) {
  planes_.resize(samples.rows);
  for (std::size_t c = 0; c < samples.rows; ++c) {
    planes_[c] = integers_ ? reinterpret_cast<const std::uint8_t*>(samples_.data() + c * samples.cols)
                           : reinterpret_cast<const std::uint8_t*>(samples.row(c).data());
  }
  const auto frames = static_cast<int>(samples.cols);
  const int room = ::swr_get_out_samples(parts_->converter.get(), frames);
  mono_.resize(static_cast<std::size_t>(std::max(room, 0)));
  auto* out = reinterpret_cast<std::uint8_t*>(mono_.data());
  const int made = ::swr_convert(parts_->converter.get(), &out, room, frames > 0 ? planes_.data() : nullptr, frames);
  if (made < 0) throw std::bad_alloc();  // its only failure with settings that were accepted
  feed(mono_.data(), static_cast<std::size_t>(made));
}

void Chromaprint::feed(const std::int16_t* samples, std::size_t count) {
  count = std::min(count, left_);
  left_ -= count;
  if (count > 0 && ::chromaprint_feed(parts_->context.get(), samples, static_cast<int>(count)) == 0) {
    throw std::bad_alloc();
  }
}

}  // namespace mla::audio
