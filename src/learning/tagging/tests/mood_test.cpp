#include "learning/tagging/mood.h"

#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace mla::tagging {
namespace {

TEST(MoodPlaces, LieOnTheCircleAndHaveOneNameEach) {
  std::set<std::string_view> names;
  for (const MoodPlace& place : mood_places()) {
    EXPECT_NEAR(std::hypot(place.valence, place.arousal), 1, 1e-12) << place.mood;
    EXPECT_TRUE(names.insert(place.mood).second) << place.mood;
    EXPECT_EQ(find_mood_place(place.mood), &place);
  }
  EXPECT_EQ(names.size(), 9U) << "the nine of the Geneva Emotional Music Scale";
}

TEST(MoodPlaces, AreWhereRussellHasThem) {
  EXPECT_LT(find_mood_place("sadness")->valence, 0);
  EXPECT_LT(find_mood_place("sadness")->arousal, 0);
  EXPECT_LT(find_mood_place("tension")->valence, 0);
  EXPECT_GT(find_mood_place("tension")->arousal, 0);
  EXPECT_GT(find_mood_place("joyful_activation")->valence, 0);
  EXPECT_GT(find_mood_place("joyful_activation")->arousal, 0);
  EXPECT_LT(find_mood_place("calmness")->arousal, 0);
}

TEST(MoodPlaces, TargetsOfOnesOwnHaveNone) {
  EXPECT_EQ(find_mood_place("Sadness"), nullptr);
  EXPECT_EQ(find_mood_place(""), nullptr);
}

}  // namespace
}  // namespace mla::tagging
