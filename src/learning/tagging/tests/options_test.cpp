#include "learning/tagging/options.h"

#include <gmock/gmock.h>

#include "learning/tagging/mood.h"

namespace mla::tagging {
namespace {

using testing::HasSubstr;

TEST(TaggingOptions, ReadsWhatIsGiven) {
  const auto options =
      parse_options(R"({"targets": ["power", "sadness"], "repetitions": 3, "licence": "CC BY-NC-SA"})");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_THAT(options->targets, testing::ElementsAre("power", "sadness"));
  EXPECT_EQ(options->repetitions, 3);
  EXPECT_EQ(options->folds, 5);
  EXPECT_EQ(options->licence, "CC BY-NC-SA");
}

TEST(TaggingOptions, WhatIsOffIsNamed) {
  const auto message = [](std::string_view json) {
    const auto options = parse_options(json);
    return options.ok() ? std::string() : options.error().message;
  };
  EXPECT_THAT(message("{"), HasSubstr("JSON object"));
  EXPECT_THAT(message("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(message(R"({"target": ["power"]})"), HasSubstr("did you mean 'targets'?"));
  EXPECT_THAT(message(R"({"targets": "power"})"), HasSubstr("list of column names"));
  EXPECT_THAT(message(R"({"targets": [1]})"), HasSubstr("name of a column"));
  EXPECT_THAT(message(R"({"folds": 1})"), HasSubstr("2 to 100"));
  EXPECT_THAT(message(R"({"repetitions": 2.5})"), HasSubstr("whole number"));
}

TEST(MoodPlaces, EveryMoodOfTheScaleLiesOnTheUnitCircle) {
  EXPECT_EQ(mood_places().size(), 9u);
  for (const MoodPlace& place : mood_places()) {
    EXPECT_NEAR(place.valence * place.valence + place.arousal * place.arousal, 1, 1e-9) << place.mood;
    EXPECT_EQ(find_mood_place(place.mood), &place);
  }
  EXPECT_LT(find_mood_place("sadness")->valence, 0);
  EXPECT_LT(find_mood_place("calmness")->arousal, 0);
  EXPECT_EQ(find_mood_place("hunger"), nullptr);
}

}  // namespace
}  // namespace mla::tagging
