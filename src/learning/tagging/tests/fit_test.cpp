#include "learning/tagging/fit.h"

#include <set>

#include <gmock/gmock.h>

#include "learning/tagging/cross_validation.h"
#include "learning/tagging/folds.h"
#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

using testing::HasSubstr;

TEST(Folds, KeepGroupsTogetherAndAreEven) {
  const std::vector<int> groups = {0, 0, 1, 2, 2, 2, 3, 4, 5, 6};
  const std::vector<int> folds = group_folds(groups, 3, 1);
  EXPECT_EQ(folds[0], folds[1]);
  EXPECT_EQ(folds[3], folds[4]);
  EXPECT_EQ(folds[4], folds[5]);
  EXPECT_EQ(std::set<int>(folds.begin(), folds.end()).size(), 3u);
  EXPECT_NE(group_folds(groups, 3, 2), folds);
  EXPECT_EQ(group_folds(groups, 3, 1), folds);
}

TEST(FitTagger, TellsGenresAndMoodsOfArtistsItNeverHeard) {
  const TaggingData data = made_data(16, 2, 3);
  Quiet quiet;
  const auto judged = cross_validate(data, 2, 4, quiet.work);
  ASSERT_TRUE(judged.ok()) << judged.error().message;
  EXPECT_GT(judged->mean_accuracy(), 0.95);
  EXPECT_GT(judged->mean_mood_r2()[0], 0.7);
  EXPECT_LT(judged->mean_mood_r2()[1], 0.1) << "noise can be learnt: artists leak into the test";
}

TEST(FitTagger, FindsNothingWhereThereIsNothing) {
  // Genres differ in nothing: what is left is the artists' colour, which must not help with other artists.
  const TaggingData data = made_data(16, 3, 0);
  Quiet quiet;
  const auto judged = cross_validate(data, 2, 4, quiet.work);
  ASSERT_TRUE(judged.ok());
  EXPECT_LT(judged->mean_accuracy(), 0.75);
}

TEST(FitTagger, SameBitsAtAnyNumberOfThreads) {
  const TaggingData data = made_data(10, 2, 1);
  Quiet one(1), three(3);
  const auto a = cross_validate(data, 1, 5, one.work);
  const auto b = cross_validate(data, 1, 5, three.work);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(a->scores[0].mood_r2, b->scores[0].mood_r2);
  EXPECT_EQ(a->scores[0].calibration_error, b->scores[0].calibration_error);
}

TEST(FitTagger, ChoosesMoreRegularisationWhereThereIsLessToLearn) {
  // What is chosen inside the training data is in the attributes of the model.
  const auto chosen = [](const TaggingData& data) {
    Quiet quiet;
    const auto tagger = fit_tagger(data, quiet.work);
    artifact::Writer writer;
    tagger->save(writer);
    return writer.attributes().at("genre.lambda").to_number<double>();
  };
  EXPECT_GT(chosen(made_data(16, 2, 0)), chosen(made_data(16, 2, 4)));
}

TEST(FitTagger, OneSeedOneModelAndAnotherDealsOtherFolds) {
  const TaggingData data = made_data(12, 2, 1);
  const auto accuracies = [&](std::uint64_t seed) {
    Quiet quiet;
    quiet.work.seed = seed;
    const auto judged = cross_validate(data, 3, 4, quiet.work);
    return judged->mean_mood_r2();
  };
  EXPECT_EQ(accuracies(1), accuracies(1));
  EXPECT_NE(accuracies(1), accuracies(2));
}

TEST(FitTagger, TooManyExcerptsAreRefusedBeforeAnyWork) {
  TaggingData data;
  data.excerpts = math::Matrix(kMostExcerpts + 1, 1);
  Quiet quiet;
  const auto fitted = fit_tagger(data, quiet.work);
  ASSERT_FALSE(fitted.ok());
  EXPECT_EQ(fitted.error().code, base::ErrorCode::kTooLarge);
  EXPECT_THAT(fitted.error().message, HasSubstr("6001 excerpts, at most 6000"));
}

TEST(FitTagger, StopsWhenCancelled) {
  const TaggingData data = made_data(8, 2, 1);
  Quiet quiet;
  quiet.cancel.cancel();
  EXPECT_EQ(fit_tagger(data, quiet.work).error().code, base::ErrorCode::kCancelled);
  EXPECT_EQ(cross_validate(data, 1, 3, quiet.work).error().code, base::ErrorCode::kCancelled);
}

TEST(FitTagger, LearnsGenresAloneOrMoodsAlone) {
  TaggingData no_moods = made_data(8, 2, 3);
  no_moods.moods.clear();
  no_moods.targets = math::Matrix(no_moods.clips(), 0);
  TaggingData no_genres = made_data(8, 2, 3);
  no_genres.genres.clear();
  no_genres.genre_of.clear();
  Quiet quiet;
  const auto genres = fit_tagger(no_moods, quiet.work), moods = fit_tagger(no_genres, quiet.work);
  ASSERT_TRUE(genres.ok() && moods.ok());
  const Tags of_genres = genres->tag(no_moods.excerpts_of(0)), of_moods = moods->tag(no_genres.excerpts_of(0));
  EXPECT_EQ(of_genres.genres.size(), 2U);
  EXPECT_TRUE(of_genres.moods.empty());
  EXPECT_EQ(of_moods.moods.size(), 2U);
  EXPECT_TRUE(of_moods.genres.empty());
}

TEST(Folds, FewerGroupsThanFoldsLeaveTheLastEmpty) {
  const std::vector<int> folds = group_folds({0, 1, 1}, 5, 4);
  EXPECT_EQ(std::set<int>(folds.begin(), folds.end()), (std::set<int>{0, 1}));
  EXPECT_EQ(folds[1], folds[2]);
}

TEST(Folds, GroupsAreNumberedByName) {
  EXPECT_EQ(number_groups({"b", "a", "b", "c"}), (std::vector<int>{1, 0, 1, 2}));
  EXPECT_TRUE(number_groups({}).empty());
}

}  // namespace
}  // namespace mla::tagging
