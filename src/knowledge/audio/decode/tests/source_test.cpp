#include "knowledge/audio/decode/source.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <numbers>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "knowledge/audio/decode/tests/wav.h"

namespace mla::audio {
namespace {

using base::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace testing;

// Interleaved, as files have them.
base::Result<std::vector<float>> all(base::Result<Source> source) {
  if (!source.ok()) return source.error();
  std::vector<float> samples;
  for (;;) {
    MLA_ASSIGN(const auto block, source->read());
    if (block.cols == 0) return samples;
    for (std::size_t i = 0; i < block.cols; ++i) {
      for (std::size_t c = 0; c < block.rows; ++c) samples.push_back(block(c, i));
    }
  }
}

std::vector<float> decoded(const std::string& file) {
  auto samples = all(Source::open_bytes(bytes_of(file), "test"));
  EXPECT_TRUE(samples.ok()) << (samples.ok() ? "" : samples.error().message);
  return samples.ok() ? *samples : std::vector<float>{};
}

ErrorCode refused(const std::string& file, const DecodeLimits& limits = {}) {
  const auto samples = all(Source::open_bytes(bytes_of(file), "test", limits));
  EXPECT_FALSE(samples.ok());
  return samples.ok() ? ErrorCode::kInternal : samples.error().code;
}

class OnDisk : public ::testing::Test {
 protected:
  OnDisk() : folder_(::testing::TempDir() + "mla_source_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~OnDisk() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::filesystem::path folder_;
};

TEST(Source, Sixteen_bits_are_scaled_by_two_to_the_fifteenth) {
  EXPECT_THAT(decoded(wav16({0, 16384, -32768, 32767}, 1, 8000)), ElementsAre(0.0F, 0.5F, -1.0F, 32767.0F / 32768));
}

TEST(Source, Every_depth_of_wav_decodes_to_full_scale_one) {
  EXPECT_THAT(decoded(wav_bytes(std::string("\x80\xC0\x00\x40", 4), 1, 8000, 8)), ElementsAre(0, .5F, -1, -.5F));
  EXPECT_THAT(decoded(wav_bytes(std::string("\0\0\x40\0\0\x80", 6), 1, 8000, 24)), ElementsAre(.5F, -1));
  EXPECT_THAT(decoded(wav_bytes(raw<std::int32_t>({1 << 30, -(1 << 29)}), 1, 8000, 32)), ElementsAre(.5F, -.25F));
  EXPECT_THAT(decoded(wav_float({.25F, -1.5F}, 1, 8000)), ElementsAre(.25F, -1.5F)) << "beyond full scale is kept";
  EXPECT_THAT(decoded(wav_bytes(raw<double>({.125, -.75}), 1, 8000, 64, WavFormat::kFloat)), ElementsAre(.125F, -.75F));
}

TEST(Source, Channels_come_one_after_the_other_and_are_told) {
  const std::string file = wav16({1024, 2048, 3072, 4096}, 2, 48000);
  auto source = Source::open_bytes(bytes_of(file), "test");
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(source->info().channels, 2);
  EXPECT_EQ(source->info().sample_rate, 48000);
  EXPECT_EQ(source->info().codec, "pcm_s16le");
  EXPECT_TRUE(source->info().lossless);
  EXPECT_EQ(source->info().bits, 16);
  EXPECT_EQ(source->info().size_bytes, file.size());
  const auto block = source->read();
  ASSERT_TRUE(block.ok());
  ASSERT_EQ(block->rows, 2U);
  EXPECT_THAT(block->row(0), ElementsAre(1.F / 32, 3.F / 32));
  EXPECT_THAT(block->row(1), ElementsAre(2.F / 32, 4.F / 32));
  EXPECT_EQ(source->counts().frames, 2U);
  EXPECT_EQ(source->read()->cols, 0U);
  EXPECT_EQ(source->read()->cols, 0U) << "the end stays the end";
}

TEST_F(OnDisk, A_source_again_begins_at_the_start) {
  const std::string file = wav16({1024, 2048, 3072}, 1, 8000);
  auto source = Source::open(write("again.wav", file));
  ASSERT_TRUE(source.ok());
  EXPECT_THAT(source->read()->row(0), ElementsAre(1.F / 32, 2.F / 32, 3.F / 32));
  auto again = source->again();
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(again->read()->row(0), ElementsAre(1.F / 32, 2.F / 32, 3.F / 32));
  EXPECT_EQ(again->counts().frames, 3U);
  EXPECT_EQ(source->read()->cols, 0U) << "each has its own place";
}

TEST(Source, What_is_no_number_becomes_silence_and_is_counted) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  const std::string file = wav_float({1, nan, infinite, -infinite, 3e38F, 2}, 1, 8000);
  auto source = Source::open_bytes(bytes_of(file), "test");
  ASSERT_TRUE(source.ok());
  EXPECT_THAT(source->read()->row(0), ElementsAre(1, 0, 0, 0, 3e38F, 2));
  EXPECT_EQ(source->counts().replaced, 3U);
}

TEST(Source, Doubles_too_large_for_a_float_become_silence) {
  EXPECT_THAT(decoded(wav_bytes(raw<double>({1e300, .5}), 1, 8000, 64, WavFormat::kFloat)), ElementsAre(0, .5F));
}

TEST(Source, A_single_sample_is_a_file) { EXPECT_THAT(decoded(wav16({8192}, 1, 44100)), ElementsAre(.25F)); }

TEST(Source, Limits_name_what_was_too_much) {
  const std::vector<std::int16_t> samples(64 * 100, 1);
  EXPECT_EQ(decoded(wav16(samples, 64, 8000)).size(), samples.size());
  EXPECT_EQ(refused(wav16(samples, 64, 8000), {.max_channels = 8}), ErrorCode::kTooLarge);
  EXPECT_EQ(refused(wav16(samples, 1, 1)), ErrorCode::kUnsupported);
  EXPECT_EQ(refused(wav16(samples, 1, 8000), {.max_seconds = .5}), ErrorCode::kTooLarge);
  EXPECT_EQ(decoded(wav16(samples, 1, 384000)).size(), samples.size());
}

TEST(Source, What_is_no_audio_is_refused) {
  EXPECT_EQ(refused(""), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("x"), ErrorCode::kUnsupported);
  EXPECT_EQ(refused("#EXTM3U\nhttp://localhost/a.mp3\n"), ErrorCode::kUnsupported);
  EXPECT_EQ(refused("ffconcat version 1.0\nfile /etc/passwd\n"), ErrorCode::kUnsupported);
  std::string noise(200000, '\0');
  std::uint32_t state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24);
  EXPECT_EQ(refused(noise), ErrorCode::kUnsupported) << "there is a false mp3 header in it somewhere";
  EXPECT_EQ(refused(wav16({}, 1, 8000)), ErrorCode::kCorrupt) << "a header without samples";
}

TEST(Source, A_truncated_file_gives_what_is_there) {
  std::string file = wav16(std::vector<std::int16_t>(1000, 100), 1, 8000);
  file.resize(file.size() - 501);
  EXPECT_EQ(decoded(file).size(), 749U);
}

TEST_F(OnDisk, Opens_by_path_whatever_the_extension) {
  const auto source = Source::open(write("song.mp3", wav16({1, 2, 3}, 1, 8000)));
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(source->info().container, "wav");
}

TEST_F(OnDisk, Reads_what_was_there_when_it_was_opened) {
  const auto path = write("grows.wav", wav16(std::vector<std::int16_t>(100, 5), 1, 8000));
  auto source = Source::open(path);
  ASSERT_TRUE(source.ok());
  std::ofstream(path, std::ios::binary | std::ios::app) << std::string(4000, '\1');
  std::filesystem::remove(path);
  EXPECT_EQ(all(std::move(source))->size(), 100U);
}

TEST_F(OnDisk, Refuses_what_is_no_regular_file_without_waiting) {
  const auto pipe = folder_ / "pipe.wav";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {pipe, std::filesystem::path("/dev/zero"), folder_}) {
    const auto source = Source::open(path);
    ASSERT_FALSE(source.ok());
    EXPECT_EQ(source.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(source.error().message, HasSubstr("not a regular file"));
  }
  EXPECT_EQ(Source::open(folder_ / "nothing.wav").error().code, ErrorCode::kNotFound);
}

TEST(Source, Decodes_real_files_of_other_kinds) {
  const std::filesystem::path data = "../shared/data/audio";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "skipped: no ../shared/data";
  const auto song = all(Source::open(data / "emotify-dev/236.mp3"));
  ASSERT_TRUE(song.ok());
  EXPECT_GT(song->size(), 44100U * 2 * 25);
  int decodable = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data / "clips")) {
    if (entry.path().extension() != ".ogg") continue;
    auto source = Source::open(entry.path());
    ASSERT_TRUE(source.ok()) << entry.path();
    EXPECT_EQ(source->info().codec, "vorbis");
    ++decodable;
  }
  EXPECT_EQ(decodable, 6);
}

}  // namespace
}  // namespace mla::audio
