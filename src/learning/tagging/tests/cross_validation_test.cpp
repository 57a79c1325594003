#include "learning/tagging/cross_validation.h"

#include <gtest/gtest.h>

#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

// What a tagger would say that knows the truth.
Said truth_of(const TaggingData& data) {
  Said said{math::Matrix(data.clips(), data.genres.size()), data.targets};
  for (std::size_t clip = 0; clip < data.clips(); ++clip)
    said.genres(clip, static_cast<std::size_t>(data.genre_of[clip])) = 1;
  return said;
}

TEST(Score, TheTruthIsPerfect) {
  const TaggingData data = made_data(4, 2, 2);
  const TaggingScore result = score(truth_of(data), data);
  EXPECT_EQ(result.genre_accuracy, 1);
  EXPECT_NEAR(result.calibration_error, 0, 1e-12);
  EXPECT_EQ(result.confusion[0][1] + result.confusion[1][0], 0U);
  EXPECT_NEAR(result.mood_r2_mean, 1, 1e-9);
}

TEST(Score, SayingTheMeanExplainsNothing) {
  const TaggingData data = made_data(4, 2, 2);
  Said said = truth_of(data);
  for (std::size_t k = 0; k < 2; ++k) {
    double mean = 0;
    for (std::size_t clip = 0; clip < data.clips(); ++clip)
      mean += data.targets(clip, k) / static_cast<double>(data.clips());
    for (std::size_t clip = 0; clip < data.clips(); ++clip) said.moods(clip, k) = static_cast<float>(mean);
  }
  for (const double r2 : score(said, data).mood_r2) EXPECT_NEAR(r2, 0, 1e-5);
}

TEST(Score, BecomesTheKeysOfEvaluate) {
  TaggingData data = made_data(4, 2, 2);
  const auto both = to_object(score(truth_of(data), data), data);
  EXPECT_EQ(both.at("tracks").to_number<int>(), 8);
  EXPECT_EQ(both.at("genre_confusion").at("loud").at("loud").to_number<int>(), 4);
  EXPECT_NEAR(both.at("mood_r2").at("power").to_number<double>(), 1, 1e-9);
  data.moods.clear();
  data.targets = math::Matrix(data.clips(), 0);
  const auto genres = to_object(score(truth_of(data), data), data);
  EXPECT_TRUE(genres.contains("genre_accuracy"));
  EXPECT_FALSE(genres.contains("mood_r2_mean"));
}

TEST(CrossValidation, MeansAndDeviationAreOverRepetitions) {
  CrossValidation judged;
  for (const double accuracy : {0.5, 0.7}) {
    TaggingScore one;
    one.genre_accuracy = accuracy;
    one.calibration_error = accuracy / 10;
    one.mood_r2 = {accuracy, 0.1};
    one.mood_r2_mean = accuracy / 2;
    judged.scores.push_back(one);
  }
  EXPECT_NEAR(judged.mean_accuracy(), 0.6, 1e-12);
  EXPECT_NEAR(judged.deviation_accuracy(), 0.1, 1e-12);
  EXPECT_NEAR(judged.mean_calibration_error(), 0.06, 1e-12);
  EXPECT_NEAR(judged.mean_r2(), 0.3, 1e-12);
  EXPECT_NEAR(judged.mean_mood_r2()[0], 0.6, 1e-12);
  EXPECT_TRUE(CrossValidation{}.mean_mood_r2().empty());
}

}  // namespace
}  // namespace mla::tagging
