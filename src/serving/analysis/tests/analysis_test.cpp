#include "serving/analysis/analysis.h"

#include <cmath>

#include <boost/json/array.hpp>
#include <gmock/gmock.h>

#include "foundation/base/json.h"
#include "serving/analysis/summary.h"
#include "serving/analysis/tests/made_files.h"

namespace mla::analysis {
namespace {

using ::testing::HasSubstr;

Analysis analysed(const std::string& file, const AnalyzeOptions& options = {}) {
  auto source = audio::Source::open_bytes(std::as_bytes(std::span(file)), "test");
  return analyze(*source, options).value();
}

// A click every half second over an A major triad.
std::string music() {
  std::vector<float> samples(22050 * 10);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 22050;
    for (const double hertz : {220.0, 277.18, 329.63})
      samples[i] += static_cast<float>(.1 * std::sin(6.283185307 * hertz * t));
    const double since = std::fmod(t, .5);
    samples[i] += static_cast<float>(.6 * std::exp(-since * 200) * std::sin(since * 12000));
  }
  return MadeFiles::wav(samples);
}

TEST(Analyze, Hears_beats_and_tells_the_facts) {
  const Analysis analysis = analysed(music(), {.wanted = {.plot = true}, .title = "music"});
  EXPECT_DOUBLE_EQ(analysis.duration, 10);
  EXPECT_EQ(analysis.sample_rate, 22050);
  EXPECT_EQ(analysis.channels, 1);
  EXPECT_EQ(analysis.codec, "pcm_s16le");
  EXPECT_NEAR(analysis.rhythm.tempo, 120, .5);
  EXPECT_NE(analysis.plot.find("<svg"), std::string::npos);
  const auto object = to_json(analysis);
  EXPECT_EQ(object.at("beats").as_array().size(), analysis.rhythm.beats.size());
  EXPECT_THAT(summary(object), HasSubstr(" BPM (100 %), 20 beats"));
  EXPECT_NEAR(object.at("loudness").as_object().at("integrated_lufs").to_number<double>(), -19, 6);
  EXPECT_GT(object.at("spectral_features").as_object().at("spectral_centroid").to_number<double>(), 100);
  EXPECT_EQ(object.at("mfcc").as_object().at("mean").as_array().size(), 13U);
  EXPECT_EQ(object.at("chroma").as_object().at("mean").as_array().size(), 12U);
  EXPECT_LE(object.at("quality_score").to_number<double>(), 1);
}

TEST(Analyze, Silence_has_no_tempo_and_no_key) {
  const Analysis analysis = analysed(MadeFiles::wav(std::vector<float>(22050 * 3)));
  const auto object = to_json(analysis);
  EXPECT_TRUE(object.at("tempo").is_null());
  EXPECT_TRUE(object.at("key").is_null());
  EXPECT_TRUE(object.at("beats").as_array().empty());
  EXPECT_TRUE(analysis.plot.empty());
  for (const auto& [name, value] : object.at("audio_features").as_object()) {
    EXPECT_EQ(value.is_null(), name != "duration_ms") << name;
  }
}

TEST(Analyze, The_same_bits_each_time) {
  const std::string file = music();
  EXPECT_EQ(base::to_json_text(to_json(analysed(file))), base::to_json_text(to_json(analysed(file))));
}

TEST(Analyze, Notes_say_what_was_odd) {
  Analysis analysis = analysed(MadeFiles::wav({.1F}));
  EXPECT_FALSE(to_json(analysis).contains("notes"));
  analysis.notes = {"two samples were wrong"};
  EXPECT_THAT(base::to_json_text(to_json(analysis)), HasSubstr("two samples were wrong"));
}

TEST(Summary, Says_errors_and_only_what_is_there) {
  EXPECT_EQ(summary({{"file", "a\nb.mp3"}, {"error", {{"code", "corrupt"}, {"message", "broken"}}}}),
            "a b.mp3\n  error     broken (corrupt)\n");
  const std::string text =
      summary({{"file", "a.mp3"}, {"duration", 61.2}, {"sample_rate", 44100}, {"channels", 2}, {"codec", "mp3"}});
  EXPECT_EQ(text, "a.mp3\n  audio     1:01, 44100 Hz, 2 channel(s), mp3\n");
}

TEST(Analyze, WhatIsLeftOutIsNullAndTheRestTheSame) {
  Wanted wanted;
  wanted.leave_out(Part::kQuality);
  boost::json::object without = to_json(analysed(music(), {.wanted = wanted}));
  boost::json::object whole = to_json(analysed(music()));
  for (const char* key : {"quality_score", "quality", "loudness"}) {
    EXPECT_TRUE(without.at(key).is_null()) << key;
    EXPECT_FALSE(whole.at(key).is_null()) << key;
    without.erase(key);
    whole.erase(key);
  }
  EXPECT_TRUE(without.at("audio_features").as_object()["loudness"].is_null());
  without.at("audio_features").as_object().erase("loudness");
  whole.at("audio_features").as_object().erase("loudness");
  EXPECT_EQ(without, whole);
}

TEST(Parts, AreFoundByName) {
  EXPECT_EQ(find_part("quality"), Part::kQuality);
  EXPECT_EQ(find_part("tempo"), std::nullopt);
}

}  // namespace
}  // namespace mla::analysis
