#include "knowledge/audio/tonality/tonality.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "knowledge/audio/rhythm/tests/sounds.h"

namespace mla::audio {
namespace {

using namespace sounds;

struct Step {
  int root;
  bool minor;
};

// Each chord for a second, from `tonic` up.
Samples progression(const std::vector<Step>& steps, int tonic, double cents = 0.0, int times = 4) {
  Samples samples = silence((static_cast<double>(steps.size()) * times) + 0.5);
  for (std::size_t i = 0; i < steps.size() * static_cast<std::size_t>(times); ++i) {
    const Step& step = steps[i % steps.size()];
    add_chord(samples, static_cast<double>(i), 0.98, (step.root + tonic) % 12, step.minor, cents);
  }
  return samples;
}

const std::vector<Step> kMajor = {{0, false}, {5, false}, {7, false}, {0, false}};
const std::vector<Step> kMinor = {{0, true}, {5, true}, {7, false}, {0, true}};

TEST(Key, IsFoundOnEveryTonic) {
  for (int tonic = 0; tonic < 12; ++tonic) {
    const Tonality major = hear(progression(kMajor, tonic, 0.0, 2)).tonality;
    EXPECT_EQ(major.tonic, tonic);
    EXPECT_FALSE(major.minor) << tonic;
    const Tonality minor = hear(progression(kMinor, tonic, 0.0, 2)).tonality;
    EXPECT_EQ(minor.tonic, tonic);
    EXPECT_TRUE(minor.minor) << tonic;
  }
}

TEST(Key, ConfidenceIsAProbability) {
  const Tonality tonality = hear(progression(kMajor, 2)).tonality;
  EXPECT_GT(tonality.confidence, 0.3);
  EXPECT_LE(tonality.confidence, 1.0);
}

TEST(Key, NamesAndCamelotCodes) {
  const auto key = [](int tonic, bool minor) {
    Tonality tonality;
    tonality.tonic = tonic;
    tonality.minor = minor;
    return tonality;
  };
  EXPECT_EQ(key(0, false).camelot(), "8B");
  EXPECT_EQ(key(9, true).camelot(), "8A");
  EXPECT_EQ(key(7, false).camelot(), "9B");
  EXPECT_EQ(key(5, false).camelot(), "7B");
  EXPECT_EQ(key(4, false).camelot(), "12B");
  EXPECT_EQ(key(1, true).camelot(), "12A");
  EXPECT_EQ(key(8, true).camelot(), "1A");
  EXPECT_EQ(key(11, false).camelot(), "1B");
  EXPECT_EQ(key(1, false).tonic_name(), "Db");
  EXPECT_EQ(key(1, true).tonic_name(), "C#");
  EXPECT_EQ(key(1, true).mode_name(), "minor");
  EXPECT_EQ(key(-1, false).camelot() + key(-1, false).tonic_name() + std::string(key(-1, false).mode_name()), "");
}

class Tuning : public testing::TestWithParam<double> {};

TEST_P(Tuning, IsMeasuredAndDoesNotChangeTheKey) {
  const Tonality tonality = hear(progression(kMajor, 4, GetParam(), 2)).tonality;
  EXPECT_NEAR(tonality.tuning_cents, GetParam(), 6.0);
  EXPECT_EQ(tonality.tonic, 4);
}

INSTANTIATE_TEST_SUITE_P(Cents, Tuning, testing::Values(-35.0, -15.0, 0.0, 20.0, 38.0));

TEST(Chords, FollowTheProgression) {
  const Tonality tonality = hear(progression({{0, false}, {9, true}, {5, false}, {7, false}}, 0)).tonality;
  const std::vector<std::string> names = {"C", "Am", "F", "G"};
  for (int second = 0; second < 16; ++second) {
    const double middle = second + 0.5;
    const auto chord = std::find_if(tonality.chords.begin(), tonality.chords.end(),
                                    [&](const Chord& c) { return c.start <= middle && middle < c.end; });
    ASSERT_NE(chord, tonality.chords.end());
    EXPECT_EQ(chord->name(), names[static_cast<std::size_t>(second) % 4]) << second;
  }
  for (std::size_t i = 1; i < tonality.chords.size(); ++i)
    EXPECT_DOUBLE_EQ(tonality.chords[i].start, tonality.chords[i - 1].end);
}

TEST(Tonality, WhereNothingIsPitchedThereIsNoKey) {
  Samples sine = silence(10.0);
  add_tone(sine, 0.0, 10.0, 440.0, 0.5, 0.0);
  const std::vector<Samples> unpitched = {
      {}, {0.5F}, silence(5.0), Samples(110250, 0.5F), noise(5.0, 0.3), noise(20.0, 0.1), sine};
  for (std::size_t i = 0; i < unpitched.size(); ++i) {
    const Tonality tonality = hear(unpitched[i]).tonality;
    EXPECT_EQ(tonality.tonic, -1) << i;
    EXPECT_EQ(tonality.confidence, 0.0) << i;
  }
}

TEST(Chords, HaveNamesOfBothModes) {
  EXPECT_EQ((Chord{0.0, 1.0, 10, false}).name(), "Bb");
  EXPECT_EQ((Chord{0.0, 1.0, 1, true}).name(), "C#m");
  EXPECT_EQ((Chord{0.0, 1.0, -1, false}).name(), "N");
}

TEST(Chords, SilenceBetweenIsNoChord) {
  Samples samples = silence(6.0);
  add_chord(samples, 0.0, 2.0, 0, false);
  add_chord(samples, 4.0, 2.0, 7, false);
  const Tonality tonality = hear(samples).tonality;
  const auto at = [&](double time) {
    for (const Chord& chord : tonality.chords)
      if (chord.start <= time && time < chord.end) return chord.name();
    return std::string("none");
  };
  EXPECT_EQ(at(1.0), "C");
  EXPECT_EQ(at(3.2), "N");
  EXPECT_EQ(at(5.0), "G");
}

TEST(KeyFeatures, AreSharesOfClassesAndChords) {
  const Heard heard = hear(progression(kMajor, 0, 0.0, 2));
  const std::vector<double> features = key_features(heard.pitches, heard.tonality.chords);
  ASSERT_EQ(features.size(), kKeyFeatures);
  for (const std::size_t group : {0U, 12U}) {
    double sum = 0.0;
    for (std::size_t i = 0; i < 12; ++i) sum += features[group + i];
    EXPECT_NEAR(sum, 1.0, 1e-6);
  }
  EXPECT_NEAR(features[24] + features[29] + features[31], 1.0, 0.1);  // C, F and G major
  EXPECT_EQ(features[48], 1.0);                                       // the last is C
}

TEST(PitchEnvelope, TheSameInWhateverPieces) {
  const Samples samples = progression(kMinor, 3, 0.0, 1);
  const Heard whole = hear(samples);
  Heard pieces;
  Stft stft({}, {&pieces.onsets, &pieces.pitches});
  for (std::size_t at = 0; at < samples.size(); at += 777)
    stft.push(std::span(samples).subspan(at, std::min<std::size_t>(777, samples.size() - at)));
  stft.finish();
  ASSERT_EQ(whole.pitches.rows().size(), pieces.pitches.rows().size());
  for (std::size_t i = 0; i < whole.pitches.rows().size(); ++i) {
    EXPECT_EQ(whole.pitches.rows()[i].treble, pieces.pitches.rows()[i].treble);
    EXPECT_EQ(whole.pitches.rows()[i].level, pieces.pitches.rows()[i].level);
  }
}

TEST(PitchEnvelope, KeepsTwentyFiveBytesARow) {
  EXPECT_EQ(sizeof(PitchEnvelope::Row), 25U);
  const Heard heard = hear(progression(kMajor, 0, 0.0, 1));
  EXPECT_EQ(heard.pitches.rows().size(), (heard.onsets.frames() + 3) / 4);
  const auto& treble = heard.pitches.rows()[4].treble;
  EXPECT_EQ(*std::max_element(treble.begin(), treble.end()), 255);
}

}  // namespace
}  // namespace mla::audio
