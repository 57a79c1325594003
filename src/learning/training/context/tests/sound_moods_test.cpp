#include "learning/training/context/sound_moods.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/tests/temporary_folder.h"
#include "knowledge/catalog/context_words.h"
#include "learning/training/context/context_model.h"
#include "learning/training/context/mood.h"

namespace mla::training {
namespace {

using Sounds = std::vector<std::map<std::string, double>>;

TEST(SoundMoods, EveryOneIsAMoodOfTheMapToo) {
  // Every reading rises and falls at a pace of its own, so that no two of them cancel out.
  Sounds all(7);
  const char* readings[] = {"tension",           "calmness",    "energy",  "power",     "valence",
                            "instrumentalness",  "speechiness", "sadness", "nostalgia", "tenderness",
                            "joyful_activation", "danceability"};
  for (std::size_t i = 0; i < all.size(); ++i) {
    double pace = 1;
    for (const char* reading : readings)
      all[i][reading] = 0.5 + 0.5 * std::sin(static_cast<double>(i) * (pace += 0.37));
  }
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

TEST(SoundMoods, ComeBackFromDiskAsTheyWere) {
  ContextModel model;
  model.sound_moods = fit_sound_moods(Sounds{{{"nostalgia", 0}}, {{"nostalgia", 1}}, {}});
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  save_context(model, writer);
  artifact::Description description;
  description.id = "m";
  description.model_type = "recommendation";
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", description, writer).ok());
  const artifact::Reader reader = artifact::Reader::open(folder.path() / "m").value();
  const ContextModel loaded = load_context(reader, 3, 0).value();
  EXPECT_EQ(loaded.sound_moods.names, model.sound_moods.names);
  EXPECT_THAT(loaded.sound_moods.lifts, testing::ElementsAreArray(model.sound_moods.lifts));
  const auto other = load_context(reader, 4, 0);
  ASSERT_FALSE(other.ok()) << "of a model with another number of items";
  EXPECT_EQ(other.error().code, base::ErrorCode::kCorrupt);
  EXPECT_THAT(other.error().message, testing::HasSubstr("moods of sound for 4 items"));
}

TEST(SoundMoods, NothingIsMadeOfNothing) {
  EXPECT_TRUE(fit_sound_moods({}).names.empty());
  EXPECT_TRUE(fit_sound_moods(Sounds(3)).names.empty());
  EXPECT_TRUE(fit_sound_moods(Sounds(3)).lifts.empty());
  EXPECT_EQ(fit_sound_moods(Sounds(3, {{"nostalgia", 0.5}})).find("nostalgic"), -1) << "all sound alike";
}

}  // namespace
}  // namespace mla::training
