#include "knowledge/audio/audio_features/audio_features.h"

#include <gtest/gtest.h>

#include "knowledge/audio/audio_features/tests/made_sounds.h"

namespace mla::audio {
namespace {

std::vector<std::optional<double>> shares(const AudioFeatures& f) {
  return {f.danceability, f.energy, f.valence, f.acousticness, f.instrumentalness, f.speechiness, f.liveness};
}

AudioFeatures of_excerpts(std::vector<float> values) {
  ExcerptVectors excerpts;
  excerpts.count = values.size() / excerpt_columns();
  excerpts.values = std::move(values);
  return find_audio_features(10, {}, {}, nullptr, excerpts);
}

TEST(AudioFeatures, NothingIsSaidOfSilence) {
  const AudioFeatures features = sounds::features_of(sounds::silence(12));
  EXPECT_EQ(features.duration_ms, 12000);
  for (const auto& share : shares(features)) EXPECT_FALSE(share);
  EXPECT_FALSE(features.loudness);
  EXPECT_FALSE(features.tempo);
  EXPECT_FALSE(features.time_signature);
  EXPECT_FALSE(features.key);
  EXPECT_FALSE(features.mode);
}

TEST(AudioFeatures, HalfASecondIsTooShortForACharacter) {
  const AudioFeatures features = sounds::features_of(sounds::noise(0.5, 0.2));
  EXPECT_EQ(features.duration_ms, 500);
  for (const auto& share : shares(features)) EXPECT_FALSE(share);
  EXPECT_TRUE(features.loudness);
}

TEST(AudioFeatures, NoPulseHasNoTempoAndLittleToDanceTo) {
  const AudioFeatures features = sounds::features_of(sounds::noise(20, 0.2));
  EXPECT_FALSE(features.tempo);
  EXPECT_FALSE(features.time_signature);
  ASSERT_TRUE(features.danceability);
  EXPECT_LT(*features.danceability, 0.45);
}

TEST(AudioFeatures, StayWithinZeroAndOneWhateverTheExcerptSays) {
  for (const float value : {0.0F, -1e30F, 1e30F, 1e-30F, 7.0F}) {
    for (const auto& share : shares(of_excerpts(std::vector<float>(2 * excerpt_columns(), value)))) {
      ASSERT_TRUE(share);
      EXPECT_GE(*share, 0);
      EXPECT_LE(*share, 1);
    }
  }
}

TEST(AudioFeatures, KeyAndModeAreSpotifysNumbers) {
  Tonality tonality;
  tonality.tonic = 9;
  tonality.minor = true;
  Rhythm rhythm;
  rhythm.tempo = 97;
  rhythm.metre = 3;
  Loudness loudness;
  loudness.integrated_lufs = -7.5;
  const AudioFeatures features = find_audio_features(1.2345, rhythm, tonality, &loudness, {});
  EXPECT_EQ(features.key, 9);
  EXPECT_EQ(features.mode, 0);
  EXPECT_EQ(features.tempo, 97);
  EXPECT_EQ(features.time_signature, 3);
  EXPECT_EQ(features.loudness, -7.5);
  EXPECT_EQ(features.duration_ms, 1235);
  tonality.minor = false;
  EXPECT_EQ(find_audio_features(1, rhythm, tonality, nullptr, {}).mode, 1);
  EXPECT_FALSE(find_audio_features(1, rhythm, tonality, nullptr, {}).loudness);
}

TEST(AudioFeatures, TheOctaveOfATempoDoesNotMatterToDancers) {
  const std::vector<float> values(excerpt_columns(), 0.3F);
  ExcerptVectors excerpts{.count = 1, .values = values};
  const auto at = [&](double tempo, int metre) {
    Rhythm rhythm;
    rhythm.tempo = tempo;
    rhythm.metre = metre;
    return *find_audio_features(10, rhythm, {}, nullptr, excerpts).danceability;
  };
  EXPECT_NEAR(at(60, 4), at(120, 4), 1e-12);
  EXPECT_NEAR(at(52.5, 4), at(210, 4), 1e-12);
  EXPECT_GT(at(105, 4), at(150, 4));
  EXPECT_GT(at(105, 4), at(105, 3));
  EXPECT_EQ(at(105, 0), at(105, 4));
}

TEST(AudioFeatures, ADrumLoopIsMoreDanceableThanAWaltz) {
  const AudioFeatures loop = sounds::features_of(sounds::drum_loop(118, 22));
  const AudioFeatures waltz = sounds::features_of(sounds::waltz(150, 22));
  EXPECT_GT(*loop.danceability, *waltz.danceability + 0.1);
  EXPECT_EQ(loop.time_signature.value_or(4), 4);
  EXPECT_EQ(waltz.time_signature, 3);
}

TEST(AudioFeatures, ATrumpetIsMoreAcousticAndLessEnergeticThanSynthesisers) {
  const AudioFeatures trumpet = sounds::features_of(sounds::trumpet(12));
  const AudioFeatures electronic = sounds::features_of(sounds::electronic(12));
  EXPECT_GT(*trumpet.acousticness, *electronic.acousticness + 0.2);
  EXPECT_LT(*trumpet.energy, *electronic.energy);
}

TEST(AudioFeatures, SpeechHasSpeechinessAndMusicHasLittle) {
  const AudioFeatures speech = sounds::features_of(sounds::speech(12));
  EXPECT_GT(*speech.speechiness, 0.5);
  EXPECT_LT(*speech.instrumentalness, 0.5);
  for (const auto& music : {sounds::drum_loop(100, 12), sounds::trumpet(12), sounds::waltz(140, 12)})
    EXPECT_LT(*sounds::features_of(music).speechiness, *speech.speechiness - 0.2);
}

}  // namespace
}  // namespace mla::audio
