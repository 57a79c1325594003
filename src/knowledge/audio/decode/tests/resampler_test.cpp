#include "knowledge/audio/decode/resampler.h"

#include <cmath>
#include <fstream>
#include <numbers>

#include <gmock/gmock.h>
#include <unistd.h>

#include "knowledge/audio/decode/tests/wav.h"

namespace mla::audio {
namespace {

using ::testing::ElementsAre;
using namespace testing;

std::vector<float> sine(double hertz, int rate, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(.5 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
  }
  return samples;
}

std::vector<float> resampled(const std::vector<float>& samples, int from, int to, std::size_t piece) {
  Resampler resampler(from, to);
  std::vector<float> out;
  for (std::size_t at = 0; at < samples.size(); at += piece) {
    resampler.push(std::span(samples).subspan(at, std::min(piece, samples.size() - at)), out);
  }
  resampler.finish(out);
  return out;
}

TEST(Downmix, Is_the_mean_of_the_channels) {
  std::vector<float> mono;
  const std::vector<float> samples{1, -2, 3, 4, 5, 7};
  downmix({samples.data(), 2, 2, 2}, mono);
  EXPECT_THAT(mono, ElementsAre(2, 1));
  downmix({samples.data(), 3, 2, 2}, mono);
  EXPECT_THAT(mono, ElementsAre(2, 1, 3, 3)) << "appended";
  downmix({samples.data(), 1, 2, 2}, mono);
  EXPECT_THAT(mono, ElementsAre(2, 1, 3, 3, 1, -2));
}

TEST(Resampler, Length_is_rounded_up) {
  for (const std::size_t count : {1U, 2U, 3U, 1001U, 44100U}) {
    EXPECT_EQ(resampled(sine(100, 44100, count), 44100, 22050, 512).size(), (count + 1) / 2);
    const double wanted = std::ceil(static_cast<double>(count) * (22050. / 48000));
    EXPECT_EQ(static_cast<double>(resampled(sine(100, 48000, count), 48000, 22050, 512).size()), wanted);
  }
  EXPECT_TRUE(resampled({}, 44100, 22050, 1).empty());
}

TEST(Resampler, Pieces_do_not_change_a_bit) {
  const auto signal = sine(997, 48000, 30000);
  const auto whole = resampled(signal, 48000, 22050, signal.size());
  EXPECT_EQ(resampled(signal, 48000, 22050, 1), whole);
  EXPECT_EQ(resampled(signal, 48000, 22050, 1152), whole);
}

TEST(Resampler, Equal_rates_pass_unchanged) {
  const auto signal = sine(440, 22050, 5000);
  EXPECT_EQ(resampled(signal, 22050, 22050, 700), signal);
}

// HQ: flat to .91 of the lower Nyquist frequency, at least 100 dB beyond it.
TEST(Resampler, Keeps_what_fits_and_removes_what_would_fold) {
  const auto kept = resampled(sine(9000, 44100, 44100), 44100, 22050, 4096);
  const auto wanted = sine(9000, 22050, 22050);
  const auto folded = resampled(sine(14000, 44100, 44100), 44100, 22050, 4096);
  for (std::size_t i = 2000; i < 20000; ++i) {
    ASSERT_NEAR(kept[i], wanted[i], 1e-5);
    ASSERT_NEAR(folded[i], 0, 1e-5);
  }
}

TEST(Resampler, Stands_extreme_rates) {
  EXPECT_EQ(resampled(sine(10, 1000, 1000), 1000, 22050, 100).size(), 22050U);
  EXPECT_EQ(resampled(sine(10, 768000, 76800), 768000, 22050, 5000).size(), 2205U);
}

TEST(LoadMono, Mixes_and_resamples_a_file) {
  const std::string path = ::testing::TempDir() + "mla_mono_" + std::to_string(::getpid()) + ".wav";
  std::vector<std::int16_t> samples(2 * 30000);
  for (std::size_t i = 0; i < samples.size(); i += 2) samples[i] = samples[i + 1] = 8192;
  std::ofstream(path, std::ios::binary) << wav16(samples, 2, 44100);
  const auto own = load_mono(path, 0);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->sample_rate, 44100);
  EXPECT_EQ(own->samples, std::vector<float>(30000, .25F));
  const auto low = load_mono(path, 22050);
  ASSERT_TRUE(low.ok());
  ASSERT_EQ(low->samples.size(), 15000U);
  EXPECT_NEAR(low->samples[7500], .25F, 1e-5);
  std::filesystem::remove(path);
}

TEST(MonoReader, Gives_blocks_until_the_end) {
  const std::string file = wav_float(std::vector<float>(20000, .5F), 1, 44100);
  auto source = Source::open_bytes(bytes_of(file), "test");
  ASSERT_TRUE(source.ok());
  MonoReader reader(*source, 22050);
  std::size_t total = 0;
  for (;;) {
    const auto block = reader.read();
    ASSERT_TRUE(block.ok());
    if (block->empty()) break;
    total += block->size();
  }
  EXPECT_EQ(total, 10000U);
  EXPECT_TRUE(reader.read()->empty());
}

}  // namespace
}  // namespace mla::audio
