#include "knowledge/audio/rhythm/evaluation.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace mla::audio {
namespace {

TEST(TempoAccuracy, FourPercentAndTheOctaves) {
  EXPECT_TRUE(tempo_accuracy1(104.0, 100.0));
  EXPECT_FALSE(tempo_accuracy1(104.1, 100.0));
  EXPECT_FALSE(tempo_accuracy1(200.0, 100.0));
  for (const double tempo : {50.0, 200.0, 300.0, 100.0 / 3.0, 207.9, 48.1})
    EXPECT_TRUE(tempo_accuracy2(tempo, 100.0)) << tempo;
  for (const double tempo : {150.0, 400.0, 66.0, 209.0, 0.0}) EXPECT_FALSE(tempo_accuracy2(tempo, 100.0)) << tempo;
}

TEST(BeatFMeasure, WorkedByHand) {
  const std::vector<double> reference = {6.0, 7.0, 8.0, 9.0};
  EXPECT_DOUBLE_EQ(beat_f_measure(reference, reference), 1.0);
  EXPECT_DOUBLE_EQ(beat_f_measure({6.06, 7.08, 8.0, 9.0}, reference), 0.75);                         // one is 80 ms off
  EXPECT_DOUBLE_EQ(beat_f_measure({6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5}, reference), 2.0 / 3.0);  // twice as many
  EXPECT_DOUBLE_EQ(beat_f_measure({6.0, 8.0}, reference), 2.0 / 3.0);                                // half as many
  EXPECT_DOUBLE_EQ(beat_f_measure({6.5, 7.5, 8.5}, reference), 0.0);
}

TEST(BeatFMeasure, OneBeatMatchesOnceAndTheFirstFiveSecondsDoNotCount) {
  EXPECT_DOUBLE_EQ(beat_f_measure({5.98, 6.0, 6.02}, {6.0}), 0.5);
  EXPECT_DOUBLE_EQ(beat_f_measure({1.0, 4.99, 6.0}, {3.0, 6.0}), 1.0);
  EXPECT_DOUBLE_EQ(beat_f_measure({1.0, 2.0}, {1.0, 2.0}), 0.0);
  EXPECT_DOUBLE_EQ(beat_f_measure({}, {6.0}), 0.0);
}

TEST(KeyScore, OfMirex) {
  const KeyName c_major{0, false};
  const KeyName a_minor{9, true};
  EXPECT_DOUBLE_EQ(key_score(c_major, c_major), 1.0);
  EXPECT_DOUBLE_EQ(key_score({7, false}, c_major), 0.5);
  EXPECT_DOUBLE_EQ(key_score({5, false}, c_major), 0.0);  // a fifth below counts for nothing
  EXPECT_DOUBLE_EQ(key_score({4, true}, a_minor), 0.5);
  EXPECT_DOUBLE_EQ(key_score(a_minor, c_major), 0.3);
  EXPECT_DOUBLE_EQ(key_score(c_major, a_minor), 0.3);
  EXPECT_DOUBLE_EQ(key_score({0, true}, c_major), 0.2);
  EXPECT_DOUBLE_EQ(key_score({9, false}, a_minor), 0.2);
  EXPECT_DOUBLE_EQ(key_score({2, false}, c_major), 0.0);
}

// Made with mir_eval 0.8.2: mir_eval.beat.f_measure of trimmed beats, seeded jitter and insertions.
TEST(BeatFMeasure, EqualsMirEval) {
  EXPECT_NEAR(beat_f_measure(
                  {4.767, 5.177, 5.769, 6.196, 6.597, 6.958, 7.411, 7.853, 8.313, 8.59, 9.019, 9.522, 10.036, 10.374},
                  {4.83, 5.2, 5.74, 6.21, 6.54, 6.97, 7.41, 7.76, 8.28, 8.62, 9.03, 9.49, 9.92, 10.39}),
              0.8461538461538461, 1e-12);
  EXPECT_NEAR(beat_f_measure({4.852, 5.293, 5.665, 5.983, 6.062, 6.557, 6.998, 7.224, 7.545, 7.809, 8.002, 8.065, 8.447,
                              8.888, 9.364, 9.815, 10.365, 10.817},
                             {4.81, 5.32, 5.73, 6.06, 6.56, 7.14, 7.5, 7.99, 8.38, 8.9, 9.42, 9.78, 10.33, 10.83}),
              0.8, 1e-12);
  EXPECT_NEAR(beat_f_measure({4.813, 5.259, 5.475, 5.829, 6.391, 6.841, 6.887, 7.394, 7.615,  7.869,  7.949,
                              8.198, 8.346, 8.348, 8.399, 8.53,  8.707, 9.391, 9.825, 10.415, 10.968, 11.461},
                             {4.85, 5.38, 5.9, 6.37, 6.95, 7.31, 7.87, 8.22, 8.81, 9.29, 9.78, 10.37, 10.9, 11.44}),
              0.47058823529411764, 1e-12);
}

// Tenths of mir_eval.key.weighted_score for C major … B major, C minor … B minor; X is 1.
TEST(KeyScore, EqualsMirEval) {
  const auto row = [](const KeyName& reference) {
    std::string scores;
    for (int key = 0; key < 24; ++key) {
      const auto tenths = static_cast<int>(std::lround(10.0 * key_score({key % 12, key >= 12}, reference)));
      scores += tenths == 10 ? "X" : std::to_string(tenths);
    }
    return scores;
  };
  EXPECT_EQ(row({0, false}), "X00000050000200000000300");
  EXPECT_EQ(row({9, true}), "300000000200000050000X00");
}

}  // namespace
}  // namespace mla::audio
