#include <cmath>
#include <string_view>
#include <tuple>

#include <gmock/gmock.h>
#include <zlib.h>

#include "serving/analysis/plots/plot.h"
#include "serving/analysis/plots/png.h"

namespace mla::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Base64, Is_that_of_the_rfc) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Png, Holds_the_pixels) {
  const std::vector<Colour> pixels = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
  const std::string file = png(pixels, 2, 2);
  EXPECT_EQ(file.substr(0, 8), std::string("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(file.substr(12, 4), "IHDR");
  const std::size_t data = file.find("IDAT");
  std::string rows(14, '\0');
  uLongf size = rows.size();
  ASSERT_EQ(
      ::uncompress(reinterpret_cast<Bytef*>(rows.data()), &size, reinterpret_cast<const Bytef*>(file.data() + data + 4),
                   static_cast<uLong>(file.size() - data - 20)),
      Z_OK);
  EXPECT_EQ(rows, std::string("\0\1\2\3\4\5\6\0\7\x8\x9\xA\xB\xC", 14));
}

TEST(Heat, Grows_brighter) {
  double before = -1;
  for (int i = 0; i <= 100; ++i) {
    const Colour colour = heat(i / 100.0);
    const double light = .3 * colour.red + .59 * colour.green + .11 * colour.blue;
    EXPECT_GE(light, before) << i;
    before = light;
  }
  EXPECT_EQ(heat(-1).red, heat(0).red);
  EXPECT_EQ(heat(2).red, heat(1).red);
}

TEST(PlotEnvelope, Stays_small_and_keeps_extremes_and_bands) {
  PlotEnvelope envelope;
  audio::Stft stft({}, {&envelope});
  std::vector<float> samples(22050);
  for (int second = 0; second < 120; ++second) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<float>(.5 * std::sin(2 * 3.14159265358979 * 1000 * static_cast<double>(i) / 22050));
    }
    if (second == 70) samples[5] = -.9F;
    stft.push(samples);
  }
  stft.finish();
  EXPECT_LT(envelope.columns().size(), 2 * PlotEnvelope::kColumns);
  EXPECT_GE(envelope.columns().size(), PlotEnvelope::kColumns);
  float lowest = 0;
  for (const auto& column : envelope.columns()) lowest = std::min(lowest, column.low);
  EXPECT_EQ(lowest, -.9F);
  const auto& power = envelope.columns()[500].power;
  const auto loudest = static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
  EXPECT_LT(PlotEnvelope::edge(loudest), 1020);
  EXPECT_GT(PlotEnvelope::edge(loudest + 1), 980);
}

TEST(Plot, Says_what_is_there_and_what_is_not) {
  Analysis analysis;
  analysis.duration = 10;
  analysis.sample_rate = 44100;
  analysis.channels = 2;
  analysis.codec = "flac";
  const PlotEnvelope envelope;
  const audio::PitchEnvelope pitches;
  const std::string nothing = plot("<b>&\x01\xff", analysis, envelope, pitches);
  EXPECT_THAT(nothing, HasSubstr("&lt;b&gt;&amp; ?"));
  EXPECT_THAT(nothing, HasSubstr("no beats found"));
  EXPECT_THAT(nothing, HasSubstr("no key found"));
  analysis.rhythm.tempo = 128;
  analysis.rhythm.beats = {1, 2, 3};
  analysis.rhythm.downbeats = {0};
  analysis.rhythm.tempo_curve = {{0, 128}, {4, 129}};
  analysis.tonality.tonic = 9;
  analysis.tonality.minor = true;
  const std::string all = plot("song", analysis, envelope, pitches);
  EXPECT_THAT(all, HasSubstr("128.0 BPM"));
  EXPECT_THAT(all, HasSubstr("A minor"));
  EXPECT_THAT(all, Not(HasSubstr("no key")));
}

TEST(Plot, Many_beats_become_ticks_and_far_too_many_are_told) {
  const auto drawn = [](std::size_t beats) {
    Analysis analysis;
    analysis.duration = static_cast<double>(beats);
    for (std::size_t i = 0; i < beats; ++i) analysis.rhythm.beats.push_back(static_cast<double>(i));
    for (std::size_t i = 0; i < beats; i += 4) analysis.rhythm.downbeats.push_back(i);
    const std::string svg = plot("song", analysis, PlotEnvelope{}, audio::PitchEnvelope{});
    const auto count = [&svg](std::string_view tick) {
      std::size_t found = 0;
      for (std::size_t at = svg.find(tick); at != std::string::npos; at = svg.find(tick, at + 1)) ++found;
      return found;
    };
    return std::tuple(count("v9.0"), count("v18.0"), svg.find("too many to draw") != std::string::npos);
  };
  EXPECT_EQ(drawn(20), std::tuple(0U, 0U, false)) << "lines over the whole height";
  EXPECT_EQ(drawn(480), std::tuple(360U, 120U, false));
  EXPECT_EQ(drawn(10001), std::tuple(0U, 0U, true));
}

TEST(Plot, An_empty_file_has_a_picture_too) {
  const std::string svg = plot("", Analysis{}, PlotEnvelope{}, audio::PitchEnvelope{});
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace mla::analysis
