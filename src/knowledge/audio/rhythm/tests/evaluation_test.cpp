#include "knowledge/audio/rhythm/evaluation.h"

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

}  // namespace
}  // namespace mla::audio
