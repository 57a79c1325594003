#include "learning/tagging/model_card.h"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two repetitions over four clips: in the first all are right, in the second one loud clip is called quiet.
CrossValidation judged_by_hand() {
  CrossValidation judged{.repetitions = 2, .folds = 2, .scores = {}};
  judged.scores.push_back({.genre_accuracy = 1,
                           .calibration_error = 0.1,
                           .confusion = {{2, 0}, {0, 2}},
                           .mood_r2 = {0.5, 0},
                           .mood_r2_mean = 0.25});
  judged.scores.push_back({.genre_accuracy = 0.75,
                           .calibration_error = 0.2,
                           .confusion = {{1, 1}, {0, 2}},
                           .mood_r2 = {0.3, -0.1},
                           .mood_r2_mean = 0.1});
  return judged;
}

std::string lines_of(const boost::json::object& card) { return fmt::format("{}", fmt::join(to_lines(card), "\n")); }

TEST(ModelCard, SaysWhatAPersonHasToKnow) {
  const TaggingData data = made_data(2, 2, 1);
  TaggingOptions options;
  options.data = "four made clips";
  options.licence = "non-commercial";
  const boost::json::object card = model_card(data, options, judged_by_hand());
  EXPECT_EQ(card.at("tracks"), 4);
  EXPECT_EQ(card.at("excerpts"), 8);
  EXPECT_EQ(card.at("artist_groups"), 2);
  EXPECT_THAT(std::string(card.at("judged").as_string()), HasSubstr("2 times 2 folds"));
  EXPECT_EQ(card.at("results").at("genre_accuracy"), 0.875);
  EXPECT_EQ(card.at("results").at("mood_r2_mean"), 0.175);
  EXPECT_EQ(card.at("genres").at("loud").at("tracks"), 2);
  EXPECT_EQ(card.at("genres").at("loud").at("recall"), 0.75) << "three of four";
  EXPECT_EQ(card.at("genres").at("loud").at("precision"), 1.0);
  EXPECT_EQ(card.at("genres").at("quiet").at("precision"), 0.8) << "four of five";
  EXPECT_EQ(card.at("moods").at("power").at("r2"), 0.4);
  EXPECT_GT(card.at("moods").at("power").at("arousal").to_number<double>(), 0.7);
  EXPECT_FALSE(card.at("moods").at("noise").as_object().contains("valence")) << "a target of one's own has no place";
  EXPECT_GE(card.at("limits").as_array().size(), 3U);

  const std::string lines = lines_of(card);
  EXPECT_THAT(lines, HasSubstr("four made clips (4 tracks, 2 artist groups); licence: non-commercial"));
  EXPECT_THAT(lines, HasSubstr("accuracy 87.5 %"));
  EXPECT_THAT(lines, HasSubstr("recall 0.75 precision 1.00"));
}

TEST(ModelCard, AdmitsWhatWasNotDone) {
  TaggingData data = made_data(2, 2, 1);
  const boost::json::object card = model_card(data, {}, {});
  EXPECT_EQ(card.at("data"), "not stated");
  EXPECT_EQ(card.at("licence"), "not stated");
  EXPECT_EQ(card.at("judged"), "not judged");
  EXPECT_TRUE(card.at("results").as_object().empty());
  EXPECT_THAT(lines_of(card), Not(HasSubstr("accuracy")));

  data.moods.clear();
  const boost::json::object genres_alone = model_card(data, {}, judged_by_hand());
  EXPECT_FALSE(genres_alone.contains("moods"));
  EXPECT_FALSE(genres_alone.at("results").as_object().contains("mood_r2_mean"));
}

}  // namespace
}  // namespace mla::tagging
