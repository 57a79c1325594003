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

class TaggerFile : public testing::Test {
 protected:
  void publish(const std::function<void(artifact::Writer&)>& change = {}) {
    Quiet quiet;
    const auto fitted = fit_tagger(data_, quiet.work);
    ASSERT_TRUE(fitted.ok()) << fitted.error().message;
    tagger_ = *fitted;
    artifact::Writer writer;
    tagger_.save(writer);
    if (change) change(writer);
    artifact::Description description;
    description.id = "audio";
    description.model_type = "audio";
    description.parameters = {{"targets", {"power", "noise"}}};
    ASSERT_TRUE(artifact::publish_to(folder_.path() / "m", description, writer).ok());
  }
  base::Result<Tagger> load() {
    auto reader = artifact::Reader::open(folder_.path() / "m");
    if (!reader.ok()) return reader.error();
    return Tagger::load(*reader);
  }
  Folder folder_;
  TaggingData data_ = made_data(8, 2, 2);
  Tagger tagger_;
};

TEST_F(TaggerFile, SaysTheSameAfterSavingAndLoading) {
  publish();
  const auto loaded = load();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  for (std::size_t clip = 0; clip < data_.clips(); ++clip) {
    const Tags a = tagger_.tag(data_.excerpts_of(clip)), b = loaded->tag(data_.excerpts_of(clip));
    EXPECT_EQ(a.genres, b.genres);
    EXPECT_EQ(a.moods, b.moods);
    EXPECT_EQ(a.in_domain, b.in_domain);
    EXPECT_NEAR(a.genres[0] + a.genres[1], 1, 1e-5);
  }
}

TEST_F(TaggerFile, AnotherVersionIsRefusedWithTheCommandThatRetrains) {
  publish([](artifact::Writer& writer) { writer.set("excerpt_version", audio::kExcerptVersion + 1); });
  const auto loaded = load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, base::ErrorCode::kUnsupported);
  EXPECT_THAT(loaded.error().message, HasSubstr("ml-analytics train --model-type audio"));
  EXPECT_THAT(loaded.error().message, HasSubstr(R"({"targets":["power","noise"]})"));
}

TEST_F(TaggerFile, ShapesThatDisagreeAreCorrupt) {
  const std::vector<float> one = {0.5F};
  publish([&](artifact::Writer& writer) { writer.add("highest", one, {1}); });
  const auto loaded = load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, base::ErrorCode::kCorrupt);
}

TEST_F(TaggerFile, WhatIsFarFromAllTrainingIsOutOfDomain) {
  publish();
  std::size_t inside = 0;
  for (std::size_t clip = 0; clip < data_.clips(); ++clip)
    inside += tagger_.tag(data_.excerpts_of(clip)).in_domain ? 1 : 0;
  EXPECT_EQ(inside, data_.clips());
  math::Matrix odd(1, audio::excerpt_columns());
  for (float& value : odd.values()) value = 50;
  const Tags tags = tagger_.tag(odd.view());
  EXPECT_FALSE(tags.in_domain);
  for (const float mood : tags.moods) EXPECT_TRUE(mood >= 0 && mood <= 1) << mood;
}

}  // namespace
}  // namespace mla::tagging
