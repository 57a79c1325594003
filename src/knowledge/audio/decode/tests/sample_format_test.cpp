#include "knowledge/audio/decode/impl/sample_format.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include <gmock/gmock.h>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
}

namespace mla::audio {
namespace {

using ::testing::ElementsAre;

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using OwnedFrame = std::unique_ptr<AVFrame, FrameDeleter>;

// A frame of `channels` × `samples` in `format`; sample i of channel c is value(c, i) of full scale.
template <class Value>
OwnedFrame made(AVSampleFormat format, int channels, int samples, const Value& value) {
  OwnedFrame frame(av_frame_alloc());
  frame->format = format;
  frame->nb_samples = samples;
  frame->sample_rate = 8000;
  av_channel_layout_default(&frame->ch_layout, channels);
  EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int bytes = av_get_bytes_per_sample(format);
  for (int c = 0; c < channels; ++c) {
    for (int i = 0; i < samples; ++i) {
      std::uint8_t* at = frame->extended_data[planar ? c : 0] + bytes * (planar ? i : i * channels + c);
      const double wanted = value(c, i);
      const auto store = [&](auto sample) { std::memcpy(at, &sample, sizeof sample); };
      switch (av_get_packed_sample_fmt(format)) {
        case AV_SAMPLE_FMT_U8:
          store(static_cast<std::uint8_t>(128 + wanted * 128));
          break;
        case AV_SAMPLE_FMT_S16:
          store(static_cast<std::int16_t>(std::ldexp(wanted, 15)));
          break;
        case AV_SAMPLE_FMT_S32:
          store(static_cast<std::int32_t>(std::ldexp(wanted, 31)));
          break;
        case AV_SAMPLE_FMT_S64:
          store(static_cast<std::int64_t>(std::ldexp(wanted, 63)));
          break;
        case AV_SAMPLE_FMT_FLT:
          store(static_cast<float>(wanted));
          break;
        default:
          store(wanted);
      }
    }
  }
  return frame;
}

class SampleFormats : public ::testing::TestWithParam<AVSampleFormat> {};

TEST_P(SampleFormats, ChannelsComeOneAfterTheOther) {
  for (const int channels : {1, 2, 6}) {
    // Multiples of 1/128, which every format holds exactly.
    const auto value = [](int c, int i) { return (c * 16 + i - 48) / 128.0; };
    const OwnedFrame frame = made(GetParam(), channels, 5, value);
    std::vector<float> out{9, 9, 9};
    EXPECT_EQ(to_float(*frame, channels, out), 0);
    ASSERT_EQ(out.size(), static_cast<std::size_t>(5 * channels)) << "what was there is replaced";
    for (int c = 0; c < channels; ++c) {
      for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(out[static_cast<std::size_t>(c * 5 + i)], static_cast<float>(value(c, i))) << c << ' ' << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, SampleFormats,
                         ::testing::Values(AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S32, AV_SAMPLE_FMT_S64,
                                           AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_U8P, AV_SAMPLE_FMT_S16P,
                                           AV_SAMPLE_FMT_S32P, AV_SAMPLE_FMT_S64P, AV_SAMPLE_FMT_FLTP,
                                           AV_SAMPLE_FMT_DBLP));

TEST(SampleFormat, WhatIsNoNumberBecomesSilenceAndIsCounted) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const double values[] = {0.5, std::nan(""), -kInfinite, 1e300, -0.25};
  const OwnedFrame frame = made(AV_SAMPLE_FMT_DBLP, 1, 5, [&](int, int i) { return values[i]; });
  std::vector<float> out;
  EXPECT_EQ(to_float(*frame, 1, out), 3) << "1e300 is no float";
  EXPECT_THAT(out, ElementsAre(0.5F, 0.0F, 0.0F, 0.0F, -0.25F));
}

TEST(SampleFormat, OtherChannelsThanAtTheStartAreMixedAndRepeated) {
  const OwnedFrame frame = made(AV_SAMPLE_FMT_FLT, 2, 2, [](int c, int i) { return c == 0 ? 0.5 : 0.25 * i; });
  std::vector<float> out;
  EXPECT_EQ(to_float(*frame, 3, out), 0);
  EXPECT_THAT(out, ElementsAre(0.25F, 0.375F, 0.25F, 0.375F, 0.25F, 0.375F));
}

TEST(SampleFormat, AnUnknownOneIsSaid) {
  const OwnedFrame frame = made(AV_SAMPLE_FMT_FLT, 1, 1, [](int, int) { return 0.0; });
  frame->format = AV_SAMPLE_FMT_NONE;
  std::vector<float> out;
  EXPECT_EQ(to_float(*frame, 1, out), -1);
}

}  // namespace
}  // namespace mla::audio
