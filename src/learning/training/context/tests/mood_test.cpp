#include "learning/training/context/mood.h"

#include <cmath>

#include <gtest/gtest.h>

#include "knowledge/catalog/context_words.h"

namespace mla::training {
namespace {

TEST(Mood, TagsAreMatchedByWholeWords) {
  EXPECT_TRUE(mood_names_tag("relaxed", "chill"));
  EXPECT_TRUE(mood_names_tag("relaxed", "late night chill out"));
  EXPECT_FALSE(mood_names_tag("relaxed", "chillwave"));
  EXPECT_FALSE(mood_names_tag("relaxed", "death metal"));
  EXPECT_FALSE(mood_names_tag("whimsical", "whimsical"));
}

TEST(Mood, EveryMoodOfTheMapIsAWordThatRequestsUse) {
  for (const std::string_view mood : mapped_moods()) EXPECT_EQ(catalog::normalise_mood(mood), mood);
  EXPECT_EQ(catalog::normalise_mood("entspannt"), "relaxed");
}

// Items: 0 chillout, 1 thrash metal, 2 both, 3 without tags.
class Moods : public testing::Test {
 protected:
  math::CsrMatrix tags_ = math::make_csr(4, 2, std::vector<math::Triplet>{{0, 0, 5}, {1, 1, 5}, {2, 0, 1}, {2, 1, 3}});
  std::vector<std::string> names_ = {"chillout", "thrash metal"};
};

TEST_F(Moods, TheMapAloneLiftsItemsByTheShareOfTheirTags) {
  const MoodModel model = fit_moods({}, tags_.view(), names_);
  const auto relaxed = model.find("relaxed");
  EXPECT_NEAR(mood_lift(relaxed, tags_.view(), 0).log_lift, std::log(4), 1e-5);
  EXPECT_NEAR(mood_lift(relaxed, tags_.view(), 2).log_lift, std::log(4) / 4, 1e-5);
  EXPECT_EQ(mood_lift(relaxed, tags_.view(), 0).tag, 0);
  EXPECT_EQ(mood_lift(relaxed, tags_.view(), 1).log_lift, 0);
  EXPECT_EQ(mood_lift(relaxed, tags_.view(), 3).log_lift, 0);
  EXPECT_TRUE(model.find("whimsical").empty());
}

TEST_F(Moods, EventsOverruleTheMapAndTeachNewMoods) {
  std::vector<MoodListen> listens;
  for (int i = 0; i < 400; ++i) {
    listens.push_back({1, "relaxed"});  // here people relax to thrash metal
    listens.push_back({0, "whimsical"});
  }
  const MoodModel model = fit_moods(listens, tags_.view(), names_);
  EXPECT_GT(mood_lift(model.find("relaxed"), tags_.view(), 1).log_lift, 0.4);
  EXPECT_LT(mood_lift(model.find("relaxed"), tags_.view(), 0).log_lift, -0.4);
  EXPECT_GT(mood_lift(model.find("whimsical"), tags_.view(), 0).log_lift, 0.4);
}

TEST_F(Moods, WithoutTagsNothingIsLearnt) {
  const MoodModel model = fit_moods({}, math::make_csr(4, 0, {}).view(), {});
  EXPECT_TRUE(model.find("relaxed").empty());
  EXPECT_EQ(mood_lift({}, tags_.view(), 0).log_lift, 0);
}

}  // namespace
}  // namespace mla::training
