#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "knowledge/audio/decode/source.h"
#include "knowledge/audio/decode/tests/wav.h"

// `Source` gives the samples that the ffmpeg command gives.
namespace mla::audio {
namespace {

class AgainstFfmpeg : public ::testing::Test {
 protected:
  AgainstFfmpeg() : folder_(::testing::TempDir() + "mla_ffmpeg_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~AgainstFfmpeg() override { std::filesystem::remove_all(folder_); }
  void SetUp() override {
    if (std::system("ffmpeg -version >/dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no ffmpeg command";
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // False if this ffmpeg lacks what it would need.
  static bool ffmpeg(const std::string& arguments) {
    return std::system(("ffmpeg -nostdin -v quiet -y " + arguments).c_str()) == 0;
  }

  // Two seconds of tones and noise, different in each channel.
  void write_original(const std::string& name, int channels, int rate) const {
    base::Random random(3);
    std::vector<std::int16_t> samples;
    for (int i = 0; i < 2 * rate; ++i) {
      for (int c = 0; c < channels; ++c) {
        const double value = 0.3 * std::sin(0.02 * (c + 1) * i) + 0.05 * random.normal();
        samples.push_back(static_cast<std::int16_t>(std::lround(32767 * std::clamp(value, -1.0, 1.0))));
      }
    }
    std::ofstream(path(name), std::ios::binary) << testing::wav16(samples, channels, rate);
  }

  std::vector<float> theirs(const std::string& name) const {
    EXPECT_TRUE(ffmpeg("-i " + path(name) + " -f f32le -c:a pcm_f32le " + path("samples.raw")));
    std::ifstream file(path("samples.raw"), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::vector<float> samples(bytes.size() / sizeof(float));
    std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
    return samples;
  }

  std::vector<float> ours(const std::string& name) const {
    std::vector<float> samples;
    auto source = Source::open(path(name));
    EXPECT_TRUE(source.ok()) << (source.ok() ? "" : source.error().message);
    while (source.ok()) {
      const auto block = source->read();
      EXPECT_TRUE(block.ok());
      if (!block.ok() || block->cols == 0) break;
      for (std::size_t i = 0; i < block->cols; ++i) {
        for (std::size_t c = 0; c < block->rows; ++c) samples.push_back((*block)(c, i));
      }
    }
    return samples;
  }

  std::filesystem::path folder_;
};

TEST_F(AgainstFfmpeg, EveryFormatHasTheSameSamples) {
  struct Format {
    const char* name;
    const char* options;
  };
  constexpr std::array kFormats = {
      Format{"a.flac", ""},
      Format{"b.flac", "-sample_fmt s32 -bits_per_raw_sample 24"},
      Format{"c.mp3", "-c:a libmp3lame -b:a 128k"},
      Format{"d.mp3", "-c:a libmp3lame -q:a 4"},
      Format{"e.ogg", "-c:a libvorbis"},
      Format{"f.opus", "-c:a libopus -ar 48000"},
      Format{"g.m4a", "-c:a aac"},
      Format{"h.wav", "-c:a pcm_s24le"},
      Format{"i.wav", "-c:a pcm_f32le"},
      Format{"j.aiff", ""},
      Format{"k.wv", "-c:a wavpack"},
      Format{"l.m4a", "-c:a alac"},
  };
  write_original("original.wav", 2, 44100);
  int compared = 0;
  for (const Format& format : kFormats) {
    SCOPED_TRACE(format.name);
    if (!ffmpeg("-i " + path("original.wav") + " " + format.options + " " + path(format.name))) continue;
    const std::vector<float> a = theirs(format.name), b = ours(format.name);
    ASSERT_EQ(a.size(), b.size());
    double furthest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) furthest = std::max<double>(furthest, std::abs(a[i] - b[i]));
    EXPECT_EQ(furthest, 0);
    ++compared;
  }
  EXPECT_GE(compared, 5) << "this ffmpeg has hardly an encoder";
}

TEST_F(AgainstFfmpeg, AnyChannelsAndRates) {
  for (const auto& [channels, rate] : {std::pair{1, 8000}, {1, 22050}, {6, 48000}, {2, 96000}}) {
    const std::string name = std::to_string(channels) + "_" + std::to_string(rate);
    write_original(name + ".wav", channels, rate);
    ASSERT_TRUE(ffmpeg("-i " + path(name + ".wav") + " " + path(name + ".flac")));
    EXPECT_EQ(theirs(name + ".flac"), ours(name + ".flac")) << name;
  }
}

}  // namespace
}  // namespace mla::audio
