#include "knowledge/audio/fingerprint/chromaprint.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <chromaprint.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/base/random.h"
#include "knowledge/audio/decode/tests/wav.h"

namespace mla::audio {
namespace {

// A made melody over noise, interleaved; the second channel an octave higher.
std::vector<float> melody(double seconds, int channels, int rate) {
  base::Random draw(4);
  std::vector<float> samples;
  double phase = 0;
  double hertz = 220;
  for (int n = 0; n < static_cast<int>(seconds * rate); ++n) {
    if (n % (rate / 3) == 0) hertz = 220 * std::exp2(static_cast<double>(draw.below(24)) / 12);
    phase += 2 * 3.14159265 * hertz / rate;
    for (int c = 0; c < channels; ++c) {
      samples.push_back(static_cast<float>(.3 * std::sin((1 + c) * phase) + .02 * draw.normal()));
    }
  }
  return samples;
}

std::string wav16_of(const std::vector<float>& samples, int channels, int rate) {
  std::vector<std::int16_t> integers;
  for (const float sample : samples) integers.push_back(static_cast<std::int16_t>(std::lround(32000 * sample)));
  return testing::wav16(integers, channels, rate);
}

std::string ours(Source source) {
  Chromaprint print(source.info());
  for (;;) {
    const math::ConstMatrixView samples = source.read().value();
    if (samples.cols == 0) return print.finish();
    print.push(samples);
  }
}

std::string ours(const std::string& bytes) {
  return ours(Source::open_bytes(testing::bytes_of(bytes), "made").value());
}

// What fpcalc prints, nothing if it is not here. It ends with an error at the end of every file with newer FFmpegs.
std::string theirs(const std::filesystem::path& path) {
  std::FILE* pipe = ::popen(("fpcalc '" + path.string() + "' 2>/dev/null").c_str(), "r");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  ::pclose(pipe);
  const std::string word = "FINGERPRINT=";
  const std::size_t at = text.find(word);
  return at == std::string::npos ? "" : text.substr(at + word.size(), text.find('\n', at) - at - word.size());
}

bool have_fpcalc() { return std::system("fpcalc -version >/dev/null 2>&1") == 0; }

TEST(Chromaprint, IsWhatFpcalcPrintsOfMadeFiles) {
  if (!have_fpcalc()) GTEST_SKIP() << "skipped: no fpcalc (package libchromaprint-tools)";
  const auto path = std::filesystem::path(::testing::TempDir()) / ("mla_print_" + std::to_string(::getpid()) + ".wav");
  for (const int channels : {1, 2}) {
    for (const int rate : {8000, 11025, 44100}) {
      const auto samples = melody(12, channels, rate);
      for (const std::string& bytes :
           {wav16_of(samples, channels, rate), testing::wav_float(samples, channels, rate)}) {
        std::ofstream(path, std::ios::binary) << bytes;
        EXPECT_GT(ours(bytes).size(), 50U);
        EXPECT_EQ(ours(bytes), theirs(path)) << channels << " channels, " << rate << " Hz, " << bytes.size();
      }
    }
  }
  std::filesystem::remove(path);
}

TEST(Chromaprint, IsWhatFpcalcPrintsOfRecordings) {
  if (!have_fpcalc()) GTEST_SKIP() << "skipped: no fpcalc (package libchromaprint-tools)";
  if (!std::filesystem::exists("../shared/data/audio/clips")) GTEST_SKIP() << "skipped: no ../shared/data";
  std::vector<std::filesystem::path> files = {"../shared/data/audio/emotify-dev/003.mp3"};
  for (const auto& entry : std::filesystem::directory_iterator("../shared/data/audio/clips")) {
    if (entry.path().extension() == ".ogg" && entry.file_size() < 1'000'000) files.push_back(entry.path());
  }
  EXPECT_GE(files.size(), 3U);
  for (const auto& file : files) EXPECT_EQ(ours(Source::open(file).value()), theirs(file)) << file;
}

TEST(Chromaprint, HearsTwoMinutes) {
  const auto samples = melody(125, 1, 11025);
  const auto two_minutes = std::vector<float>(samples.begin(), samples.begin() + 120 * 11025);
  EXPECT_EQ(ours(wav16_of(samples, 1, 11025)), ours(wav16_of(two_minutes, 1, 11025)));
}

// Chords whose notes change three times a second, without noise, so that it is one sound at every rate, and a steady
// tone of a quarter of full scale, 0 Hz for none.
std::vector<float> chords(int rate, double tone_hertz = 0) {
  base::Random draw(5);
  std::vector<double> notes(3);
  std::vector<double> phases(3);
  std::vector<float> samples;
  for (int n = 0; n < 20 * rate; ++n) {
    if (n % (rate / 3) == 0) {
      for (double& note : notes) note = 130.8 * std::exp2(static_cast<double>(draw.below(36)) / 12);
    }
    double value = 0.25 * std::sin(2 * 3.14159265358979 * tone_hertz * n / rate);
    for (std::size_t i = 0; i < notes.size(); ++i) {
      phases[i] += 2 * 3.14159265358979 * notes[i] / rate;
      value += 0.1 * std::sin(phases[i]) + 0.05 * std::sin(2 * phases[i]);
    }
    samples.push_back(static_cast<float>(value));
  }
  return samples;
}

// The share of bits in which two prints differ: half of them for two recordings that have nothing in common.
double unlikeness(const std::string& a, const std::string& b) {
  const auto raw = [](const std::string& text) {
    std::uint32_t* items = nullptr;
    int size = 0;
    int algorithm = 0;
    EXPECT_EQ(
        ::chromaprint_decode_fingerprint(text.data(), static_cast<int>(text.size()), &items, &size, &algorithm, 1), 1);
    const std::vector<std::uint32_t> copy(items, items + size);
    ::chromaprint_dealloc(items);
    return copy;
  };
  const auto first = raw(a);
  const auto second = raw(b);
  EXPECT_NEAR(static_cast<double>(first.size()), static_cast<double>(second.size()), 1);
  const std::size_t count = std::min(first.size(), second.size());
  EXPECT_GT(count, 100U);
  int different = 0;
  for (std::size_t i = 0; i < count; ++i) different += std::popcount(first[i] ^ second[i]);
  return static_cast<double>(different) / static_cast<double>(32 * count);
}

// What libswresample makes of each rate is one sound: its filter neither bends what the print hears nor shifts it.
TEST(Chromaprint, OfOneSoundIsTheSameAtEveryRate) {
  const std::string print = ours(wav16_of(chords(44100), 1, 44100));
  for (const int rate : {11025, 16000, 22050, 32000, 48000, 96000, 192000}) {
    EXPECT_LT(unlikeness(ours(wav16_of(chords(rate), 1, rate)), print), 0.03) << rate;
  }
}

// 8,000 Hz would come out at 3,025 Hz, amid the notes, if it were not filtered out before every fourth sample is kept.
TEST(Chromaprint, DoesNotHearWhatItsRateCannotHold) {
  const std::string print = ours(wav16_of(chords(44100), 1, 44100));
  EXPECT_LT(unlikeness(ours(wav16_of(chords(44100, 8000), 1, 44100)), print), 0.02);
  EXPECT_GT(unlikeness(ours(wav16_of(chords(44100, 3025), 1, 44100)), print), 0.10) << "what it does hear";
}

TEST(Chromaprint, OfChannelsWithoutAUsualLayoutIsEmpty) {
  EXPECT_EQ(ours(wav16_of(melody(4, 9, 8000), 9, 8000)), "");
  EXPECT_NE(ours(wav16_of(melody(4, 6, 8000), 6, 8000)), "");
}

TEST(Chromaprint, OfTooLittleIsEmpty) {
  EXPECT_EQ(ours(wav16_of(melody(1, 2, 44100), 2, 44100)), "");
  EXPECT_NE(ours(wav16_of(melody(4, 2, 44100), 2, 44100)), "");
}

}  // namespace
}  // namespace mla::audio
