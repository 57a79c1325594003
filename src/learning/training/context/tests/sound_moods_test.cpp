#include "learning/training/context/sound_moods.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "knowledge/catalog/context_words.h"
#include "learning/training/context/mood.h"

namespace mla::training {
namespace {

using Sounds = std::vector<std::map<std::string, double>>;

TEST(SoundMoods, EveryOneIsAMoodOfTheMapToo) {
  const Sounds all = {{{"tension", 0},
                       {"calmness", 0},
                       {"energy", 0},
                       {"instrumentalness", 0},
                       {"sadness", 0},
                       {"nostalgia", 0},
                       {"tenderness", 0},
                       {"joyful_activation", 0},
                       {"danceability", 0}},
                      {{"tension", 1},
                       {"calmness", 1},
                       {"energy", .5},
                       {"instrumentalness", 1},
                       {"sadness", .9},
                       {"nostalgia", 1},
                       {"tenderness", 1},
                       {"joyful_activation", .4},
                       {"danceability", .3}}};
  const SoundMoods moods = fit_sound_moods(all);
  const auto mapped = mapped_moods();
  EXPECT_THAT(moods.names, testing::ElementsAreArray(mapped.begin(), mapped.end()));
  EXPECT_TRUE(std::is_sorted(moods.names.begin(), moods.names.end()));
  EXPECT_EQ(moods.find("sad"), 10);
  EXPECT_EQ(moods.find("whimsical"), -1);
}

TEST(SoundMoods, AreStandardDeviationsOverTheLibrary) {
  // Nostalgia is made of itself alone: mean .5, deviation .5.
  const SoundMoods moods = fit_sound_moods(Sounds{{{"nostalgia", 0}}, {{"nostalgia", 1}}, {}});
  ASSERT_GE(moods.find("nostalgic"), 0);
  EXPECT_NEAR(moods.lift(0, moods.find("nostalgic")), -1, 1e-6);
  EXPECT_NEAR(moods.lift(1, moods.find("nostalgic")), 1, 1e-6);
  EXPECT_EQ(moods.lift(2, moods.find("nostalgic")), 0) << "nobody knows how it sounds";
}

TEST(SoundMoods, WhatSpeaksAgainstAMoodCountsAgainstIt) {
  const SoundMoods moods = fit_sound_moods(Sounds{
      {{"calmness", .8}, {"energy", .2}}, {{"calmness", .8}, {"energy", .9}}, {{"calmness", .1}, {"energy", .9}}});
  const int calm = moods.find("calm");
  EXPECT_GT(moods.lift(0, calm), moods.lift(1, calm));
  EXPECT_GT(moods.lift(1, calm), moods.lift(2, calm));
  EXPECT_LT(moods.lift(0, moods.find("energetic")), 0);
}

TEST(SoundMoods, AreCutOff) {
  Sounds sounds(100, {{"nostalgia", 0.5}});
  sounds[0] = {{"nostalgia", 1.0}};
  const SoundMoods moods = fit_sound_moods(sounds);
  EXPECT_EQ(moods.lift(0, moods.find("nostalgic")), SoundMoods::kMostLift);
}

TEST(SoundMoods, NothingIsMadeOfNothing) {
  EXPECT_TRUE(fit_sound_moods({}).names.empty());
  EXPECT_TRUE(fit_sound_moods(Sounds(3)).names.empty());
  EXPECT_TRUE(fit_sound_moods(Sounds(3)).lifts.empty());
  EXPECT_EQ(fit_sound_moods(Sounds(3, {{"nostalgia", 0.5}})).find("nostalgic"), -1) << "all sound alike";
}

}  // namespace
}  // namespace mla::training
