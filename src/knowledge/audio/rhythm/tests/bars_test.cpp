#include "knowledge/audio/rhythm/impl/bars.h"

#include <gmock/gmock.h>

namespace mla::audio::rhythm {
namespace {

using testing::ElementsAre;

// Beats every 20 frames; `accents[i]` is what low sounds and harmony say at beat i.
struct Score {
  Signals signals;
  std::vector<double> beats;
};

Score score_of(const std::vector<float>& accents) {
  Score score;
  const std::size_t frames = (accents.size() + 2) * 20;
  std::vector<float> marks(frames, 0.0F);
  for (std::size_t i = 0; i < accents.size(); ++i) {
    const std::size_t at = (i + 1) * 20;
    score.beats.push_back(static_cast<double>(at));
    marks[at] = accents[i];
  }
  score.signals = {Signal(std::vector<float>(frames, 1.0F)), Signal(marks), Signal(marks)};
  return score;
}

std::vector<float> accents(std::size_t beats, std::size_t metre, std::size_t first) {
  std::vector<float> result(beats, 0.2F);
  for (std::size_t i = first; i < beats; i += metre) result[i] = 3.0F;
  return result;
}

TEST(Bars, OfThreeFourFiveAndSevenFromAnyUpbeat) {
  for (const std::size_t metre : {3U, 4U, 5U, 7U}) {
    for (std::size_t first = 0; first < metre; ++first) {
      const Score score = score_of(accents(84, metre, first));
      const Bars bars = find_bars(score.signals, score.beats);
      EXPECT_EQ(bars.metre, static_cast<int>(metre));
      ASSERT_GT(bars.downbeats.size(), 10U);
      for (const std::size_t beat : bars.downbeats) EXPECT_EQ(beat % metre, first);
    }
  }
}

TEST(Bars, AMissingAccentIsBridged) {
  std::vector<float> marks = accents(32, 4, 1);
  marks[9] = 0.2F;
  const Score score = score_of(marks);
  EXPECT_THAT(find_bars(score.signals, score.beats).downbeats, ElementsAre(1, 5, 9, 13, 17, 21, 25, 29));
}

TEST(Bars, ABarOfTwoTurnsTheCountOnce) {
  std::vector<float> marks = accents(66, 4, 0);
  // From beat 34 on the downbeats come two beats earlier.
  for (std::size_t i = 34; i < marks.size(); ++i) marks[i] = (i - 34) % 4 == 0 ? 3.0F : 0.2F;
  const Score score = score_of(marks);
  const Bars bars = find_bars(score.signals, score.beats);
  EXPECT_EQ(bars.metre, 4);
  EXPECT_THAT(bars.downbeats, testing::IsSupersetOf({0U, 28U, 34U, 38U, 62U}));
}

TEST(Bars, OfFiveThatAreHardlyMarkedStayFour) {
  // What marks fives is as strong as what marks fours: most music is in four.
  std::vector<float> marks = accents(80, 4, 0);
  for (std::size_t i = 2; i < marks.size(); i += 5) marks[i] = 3.0F;
  const Score score = score_of(marks);
  EXPECT_EQ(find_bars(score.signals, score.beats).metre, 4);
}

TEST(Bars, EqualBeatsOrNoneHaveNoMetre) {
  const Score equal = score_of(std::vector<float>(40, 1.0F));
  EXPECT_EQ(find_bars(equal.signals, equal.beats).metre, 0);
  EXPECT_TRUE(find_bars(equal.signals, equal.beats).downbeats.empty());
  EXPECT_EQ(find_bars(equal.signals, {}).metre, 0);
}

}  // namespace
}  // namespace mla::audio::rhythm
