#include "learning/tagging/tagging_data.h"

#include <gmock/gmock.h>

#include "learning/tagging/cross_validation.h"
#include "learning/tagging/folds.h"
#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

audio::ExcerptVectors excerpts_of(std::size_t count, float value) {
  audio::ExcerptVectors vectors;
  vectors.count = count;
  vectors.values.assign(count * audio::excerpt_columns(), value);
  return vectors;
}

Labels three_tracks() {
  Labels labels;
  labels.source = "labels.csv";
  labels.targets = {"power"};
  labels.has_genre = true;
  labels.has_artists = true;
  labels.tracks = {{.path = "a.wav", .name = "a.wav", .genre = "rock", .artist_group = "x", .targets = {1}, .line = 2},
                   {.path = "b.wav", .name = "b.wav", .genre = "jazz", .artist_group = "y", .targets = {2}, .line = 3},
                   {.path = "c.wav", .name = "c.wav", .genre = "rock", .artist_group = "x", .targets = {3}, .line = 4}};
  return labels;
}

TEST(TaggingData, PutsLabelsAndExcerptsTogether) {
  const auto data = make_data(three_tracks(), {excerpts_of(1, 1), excerpts_of(3, 2), excerpts_of(2, 3)});
  ASSERT_TRUE(data.ok());
  EXPECT_THAT(data->genres, ElementsAre("jazz", "rock"));
  EXPECT_THAT(data->genre_of, ElementsAre(1, 0, 1));
  EXPECT_THAT(data->artist_of, ElementsAre(0, 1, 0));
  EXPECT_THAT(data->clip_begins, ElementsAre(0, 1, 4, 6));
  EXPECT_EQ(data->clips(), 3U);
  EXPECT_EQ(data->targets(2, 0), 3);
  const auto second = data->excerpts_of(1);
  ASSERT_EQ(second.rows, 3U);
  EXPECT_EQ(second(0, 0), 2);
  EXPECT_EQ(second(2, audio::excerpt_columns() - 1), 2);
}

TEST(TaggingData, AModelsGenresKeepTheirNumbers) {
  const std::vector<audio::ExcerptVectors> excerpts = {excerpts_of(1, 1), excerpts_of(1, 2), excerpts_of(1, 3)};
  const auto data = make_data(three_tracks(), excerpts, {"folk", "jazz", "rock"});
  ASSERT_TRUE(data.ok());
  EXPECT_THAT(data->genre_of, ElementsAre(2, 1, 2));
  const auto unknown = make_data(three_tracks(), excerpts, {"folk", "rock"});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(unknown.error().message, HasSubstr("line 3: genre 'jazz'"));
}

TEST(TaggingData, WithoutArtistsEachTrackIsItsOwn) {
  Labels labels = three_tracks();
  labels.has_artists = false;
  labels.has_genre = false;
  const auto data = make_data(labels, {excerpts_of(1, 1), excerpts_of(1, 2), excerpts_of(1, 3)});
  ASSERT_TRUE(data.ok());
  EXPECT_THAT(data->artist_of, ElementsAre(0, 1, 2));
  EXPECT_TRUE(data->genres.empty());
  EXPECT_TRUE(data->genre_of.empty());
}

TEST(TaggingData, APartHasItsClipsInTheOrderGiven) {
  const auto data = make_data(three_tracks(), {excerpts_of(1, 1), excerpts_of(3, 2), excerpts_of(2, 3)});
  ASSERT_TRUE(data.ok());
  const TaggingData part = data->part({2, 1});
  EXPECT_THAT(part.clip_begins, ElementsAre(0, 2, 5));
  EXPECT_THAT(part.genre_of, ElementsAre(1, 0));
  EXPECT_EQ(part.targets(0, 0), 3);
  EXPECT_EQ(part.excerpts_of(0)(1, 0), 3);
  EXPECT_EQ(part.excerpts_of(1)(0, 0), 2);
  EXPECT_THAT(part.genres, ElementsAre("jazz", "rock")) << "names stay";
}

TEST(TaggingData, FingerprintsTellDataApart) {
  const TaggingData data = made_data(4, 2, 1);
  EXPECT_EQ(data.fingerprint().size(), 16U);
  EXPECT_EQ(data.fingerprint(), made_data(4, 2, 1).fingerprint());
  TaggingData other = data;
  other.targets(3, 1) += 0.25F;
  EXPECT_NE(other.fingerprint(), data.fingerprint());
  other = data;
  other.excerpts(0, 0) += 1;
  EXPECT_NE(other.fingerprint(), data.fingerprint());
}

TEST(Groups, AreNumberedInTheOrderOfTheirNames) {
  EXPECT_THAT(number_groups({"b", "a", "b", "c"}), ElementsAre(1, 0, 1, 2));
  EXPECT_TRUE(number_groups({}).empty());
  EXPECT_TRUE(group_folds({}, 3, 1).empty());
}

TEST(Score, OfWhatWasSaidIsCountedByHand) {
  TaggingData truth = made_data(4, 1, 1);  // loud, quiet, loud, quiet
  for (std::size_t clip = 0; clip < 4; ++clip) truth.targets(clip, 0) = static_cast<float>(clip);
  Said said{math::Matrix(4, 2), math::Matrix(4, 2)};
  const float loud[] = {0.9F, 0.2F, 0.4F, 0.1F};  // the third is taken for quiet
  for (std::size_t clip = 0; clip < 4; ++clip) {
    said.genres(clip, 0) = loud[clip];
    said.genres(clip, 1) = 1 - loud[clip];
    said.moods(clip, 0) = static_cast<float>(clip);
  }
  const TaggingScore judged = score(said, truth);
  EXPECT_DOUBLE_EQ(judged.genre_accuracy, 0.75);
  EXPECT_EQ(judged.confusion[0][0], 1U);
  EXPECT_EQ(judged.confusion[0][1], 1U);
  EXPECT_EQ(judged.confusion[1][1], 2U);
  EXPECT_DOUBLE_EQ(judged.mood_r2[0], 1);
  const boost::json::object object = to_object(judged, truth);
  EXPECT_EQ(object.at("tracks"), 4);
  EXPECT_EQ(object.at("genre_accuracy"), 0.75);
  EXPECT_EQ(object.at("genre_confusion").at("loud").at("quiet"), 1);
  EXPECT_EQ(object.at("mood_r2").at("power"), 1.0);
}

}  // namespace
}  // namespace mla::tagging
