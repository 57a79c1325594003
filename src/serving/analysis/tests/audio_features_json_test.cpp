#include "serving/analysis/audio_features_json.h"

#include <gmock/gmock.h>

#include "serving/analysis/summary.h"

namespace mla::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace json = boost::json;

audio::AudioFeatures song() {
  audio::AudioFeatures features;
  features.duration_ms = 194754;
  features.loudness = -2.634;
  features.tempo = 122.036;
  features.time_signature = 4;
  features.key = 6;
  features.mode = 1;
  features.danceability = 0.74812345;
  features.energy = 0.916;
  features.valence = 0.518;
  features.acousticness = 0.102;
  features.instrumentalness = 0;
  features.speechiness = 0.0583;
  features.liveness = 0.0653;
  return features;
}

TEST(AudioFeaturesJson, HasSpotifysNames) {
  const json::object object = to_json(song());
  std::vector<std::string> names;
  for (const auto& entry : object) names.emplace_back(entry.key());
  EXPECT_THAT(names, testing::UnorderedElementsAre("danceability", "energy", "key", "loudness", "mode", "speechiness",
                                                   "acousticness", "instrumentalness", "liveness", "valence", "tempo",
                                                   "time_signature", "duration_ms"));
  EXPECT_EQ(object.at("danceability").as_double(), 0.7481);
  EXPECT_EQ(object.at("key").as_int64(), 6);
  EXPECT_EQ(object.at("duration_ms").as_int64(), 194754);
}

TEST(AudioFeaturesJson, WhatCannotBeSaidIsNull) {
  for (const auto& [name, value] : to_json(audio::AudioFeatures{}))
    EXPECT_EQ(value.is_null(), name != "duration_ms") << name;
}

TEST(AudioFeaturesJson, TheSummarySaysWhatNoOtherLineHas) {
  EXPECT_THAT(summary({{"file", "a.mp3"}, {"audio_features", to_json(song())}}),
              HasSubstr("  features  danceability 0.75, energy 0.92, valence 0.52, acousticness 0.10, "
                        "instrumentalness 0.00, speechiness 0.06, liveness 0.07\n"));
  EXPECT_THAT(summary({{"file", "a.mp3"}, {"audio_features", to_json(audio::AudioFeatures{})}}),
              Not(HasSubstr("features")));
  EXPECT_THAT(summary({{"file", "a.mp3"}, {"audio_features", nullptr}}), Not(HasSubstr("features")));
}

}  // namespace
}  // namespace mla::analysis
