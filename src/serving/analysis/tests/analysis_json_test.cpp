#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include "serving/analysis/analysis.h"

namespace mla::analysis {
namespace {

namespace json = boost::json;

TEST(AnalysisJson, RhythmHasItsTimesInTenthsOfAMillisecond) {
  Analysis analysis;
  analysis.rhythm.tempo = 120.5;
  analysis.rhythm.confidence = 0.75;
  analysis.rhythm.alternatives = {{241, 0.2}};
  analysis.rhythm.beats = {0.123456, 0.6};
  analysis.rhythm.downbeats = {1};
  analysis.rhythm.metre = 7;
  analysis.rhythm.tempo_curve = {{4.00004, 120.55555}};
  const json::object object = to_json(analysis);
  EXPECT_EQ(object.at("tempo").as_double(), 120.5);
  EXPECT_EQ(object.at("beats").as_array()[0].as_double(), 0.1235);
  EXPECT_EQ(object.at("downbeats").as_array()[0].as_double(), 0.6) << "seconds, not places";
  EXPECT_EQ(object.at("metre").as_int64(), 7);
  EXPECT_EQ(object.at("tempo_alternatives").as_array()[0].at("tempo").as_double(), 241);
  EXPECT_EQ(object.at("tempo_curve").as_array()[0].at("time").as_double(), 4);
}

TEST(AnalysisJson, WhatWasNotFoundIsNullOrEmpty) {
  const json::object object = to_json(Analysis{});
  for (const char* key : {"tempo", "metre", "key", "quality", "quality_score", "loudness", "fingerprint"})
    EXPECT_TRUE(object.at(key).is_null()) << key;
  for (const char* key : {"beats", "downbeats", "chords", "tempo_curve", "tempo_alternatives"})
    EXPECT_TRUE(object.at(key).as_array().empty()) << key;
  EXPECT_FALSE(object.contains("notes"));
  EXPECT_FALSE(object.contains("spectral_features")) << "no frames, no means";
}

TEST(AnalysisJson, KeysAndChordsAreNamed) {
  Analysis analysis;
  analysis.tonality.tonic = 1;
  analysis.tonality.confidence = 0.9;
  analysis.tonality.chords = {{.start = 0, .end = 1.5, .root = 10, .minor = true}, {.start = 1.5, .end = 2}};
  const json::object object = to_json(analysis);
  EXPECT_EQ(object.at("key").at("tonic").as_string(), "Db");
  EXPECT_EQ(object.at("key").at("mode").as_string(), "major");
  EXPECT_EQ(object.at("key").at("camelot").as_string(), "3B");
  EXPECT_EQ(object.at("chords").as_array()[0].at("chord").as_string(), "Bbm");
  EXPECT_EQ(object.at("chords").as_array()[1].at("chord").as_string(), "N");
}

TEST(AnalysisJson, LoudnessOfSilenceIsNullInside) {
  Analysis analysis;
  analysis.quality.emplace();
  const json::object object = to_json(analysis);
  EXPECT_EQ(object.at("quality_score").as_double(), 1);
  EXPECT_TRUE(object.at("quality").at("issues").as_array().empty());
  EXPECT_TRUE(object.at("loudness").at("integrated_lufs").is_null());
  EXPECT_EQ(object.at("loudness").at("range_lu").as_double(), 0);
}

}  // namespace
}  // namespace mla::analysis
