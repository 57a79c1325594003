#include "learning/models/content/content.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"

namespace mla::models {
namespace {

// Items: 0 metal, drone · 1 metal · 2 jazz · 3 untagged, artist of 0 · 4 drone.
TrainingData small() {
  TrainingData data;
  data.interactions = math::make_csr(1, 5, std::vector<math::Triplet>{{0, 0, 1.0F}});
  data.item_tags = math::make_csr(
      5, 3, std::vector<math::Triplet>{{0, 0, 1.0F}, {0, 1, 1.0F}, {1, 0, 1.0F}, {2, 2, 1.0F}, {4, 1, 1.0F}});
  data.tag_names = {"metal", "drone", "jazz"};
  data.item_artists = {7, -1, -1, 7, -1};
  return data;
}

artifact::Description described() {
  artifact::Description description;
  description.id = "content";
  description.model_type = "recommendation";
  return description;
}

struct Fitted {
  base::ThreadPool pool{1};
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  std::unique_ptr<Recommender> model = make_recommender("content", {{"artist_weight", 0.5}}).value();

  explicit Fitted(const TrainingData& data) { model->fit(data, work).value(); }
  std::vector<float> score(std::vector<HistoryEntry> history) const {
    std::vector<float> scores(static_cast<std::size_t>(model->items()), -1.0F);
    model->score({history, 0}, scores);
    return scores;
  }
};

TEST(Content, ScoresAreTagCosinesTimesPlaysPlusTheArtist) {
  const Fitted fitted(small());
  const std::vector<float> scores = fitted.score({{0, 3.0F}});
  // metal and drone are both on two of the four tagged items, so item 0's vector is (1, 1) / sqrt 2.
  const double plays = std::log1p(3.0);
  EXPECT_NEAR(scores[0], plays * (1 + 0.5), 1e-5);
  EXPECT_NEAR(scores[1], plays / std::sqrt(2.0), 1e-5);
  EXPECT_EQ(scores[2], 0.0F);
  EXPECT_NEAR(scores[3], plays * 0.5, 1e-5);
  EXPECT_NEAR(scores[4], plays / std::sqrt(2.0), 1e-5);
}

TEST(Content, RareTagsCountMore) {
  TrainingData data = small();
  // Item 0 shares metal with 1, 2 and 3, drone with 4 alone.
  data.item_tags = math::make_csr(
      5, 2,
      std::vector<math::Triplet>{{0, 0, 1.0F}, {0, 1, 1.0F}, {1, 0, 1.0F}, {2, 0, 1.0F}, {3, 0, 1.0F}, {4, 1, 1.0F}});
  data.tag_names = {"metal", "drone"};
  data.item_artists.clear();
  const std::vector<float> scores = Fitted(data).score({{0, 1.0F}});
  EXPECT_GT(scores[4], scores[1]);
  EXPECT_FLOAT_EQ(scores[1], scores[3]);
}

TEST(Content, EvidenceAddsUpToTheScoreAndNamesItsSource) {
  const Fitted fitted(small());
  const std::vector<HistoryEntry> history = {{0, 3.0F}, {2, 1.0F}};
  const auto facts = fitted.model->explain({history, 0}, 1, 10);
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].kind, Evidence::Kind::kSharedTag);
  EXPECT_EQ(facts[0].id, 0);
  EXPECT_EQ(facts[0].via, 0);
  EXPECT_NEAR(facts[0].contribution, fitted.score(history)[1], 1e-5);

  const auto artist = fitted.model->explain({history, 0}, 3, 10);
  ASSERT_EQ(artist.size(), 1U);
  EXPECT_EQ(artist[0].kind, Evidence::Kind::kSameArtist);
  EXPECT_EQ(artist[0].id, 0);

  EXPECT_EQ(fitted.model->explain({history, 0}, 0, 1).size(), 1U);
  EXPECT_TRUE(fitted.model->explain({{}, 0}, 1, 10).empty());
}

TEST(Content, RemovingTheNamedItemLowersTheScore) {
  const Fitted fitted(small());
  const std::vector<HistoryEntry> history = {{0, 3.0F}, {4, 5.0F}};
  const auto facts = fitted.model->explain({history, 0}, 1, 10);
  ASSERT_FALSE(facts.empty());
  ASSERT_EQ(facts[0].via, 0);
  EXPECT_LT(fitted.score({{4, 5.0F}})[1], fitted.score(history)[1]);
}

TEST(Content, EffectsAreWhatEachFactAdds) {
  const Fitted fitted(small());
  const std::vector<HistoryEntry> history{{0, 3.0F}, {4, 1.0F}};
  const std::vector<Evidence> facts{{Evidence::Kind::kCoListening, 0, 0},
                                    {Evidence::Kind::kSharedTag, 1, 0, 4},
                                    {Evidence::Kind::kSameArtist, 0, 0},
                                    {Evidence::Kind::kPopular, -1, 0}};
  const std::vector<std::int32_t> items{0, 1, 3};
  const auto effects = fitted.model->effects({history, 0}, facts, items);
  ASSERT_TRUE(effects.has_value());
  const auto all = fitted.score(history);
  const auto without = fitted.score({{4, 1.0F}});
  const double root = std::sqrt(2.0);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto item = static_cast<std::size_t>(items[i]);
    EXPECT_NEAR(effects->scores[i], all[item], 1e-6);
    EXPECT_NEAR(effects->lost(0, i), all[item] - without[item], 1e-6);  // item 0 left out: tags and artist
    EXPECT_EQ(effects->lost(3, i), 0);
  }
  EXPECT_NEAR(effects->lost(1, 0), std::log1p(1.0) / root, 1e-6);  // drone taken off item 4
  EXPECT_EQ(effects->lost(1, 1), 0);                               // which item 1 is not
  EXPECT_NEAR(effects->lost(2, 2), std::log1p(3.0) * 0.5, 1e-6);   // the artist of item 0 unknown
  EXPECT_EQ(effects->lost(2, 1), 0);
}

TEST(Content, WithoutTagsAndArtistsEverythingScoresZero) {
  TrainingData data;
  data.interactions = math::make_csr(1, 3, std::vector<math::Triplet>{{0, 1, 1.0F}});
  EXPECT_THAT(Fitted(data).score({{1, 1.0F}}), testing::Each(0.0F));
}

TEST(Content, ComesBackFromDiskWithTheSameScores) {
  const Fitted fitted(small());
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  ASSERT_TRUE(fitted.model->save(writer).ok());
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", described(), writer).ok());

  auto loaded = make_recommender("content", {{"artist_weight", 0.5}}).value();
  ASSERT_TRUE(loaded->load(artifact::Reader::open(folder.path() / "m").value()).ok());
  ASSERT_EQ(loaded->items(), 5);
  std::vector<float> scores(5);
  const std::vector<HistoryEntry> history = {{0, 2.0F}};
  loaded->score({history, 0}, scores);
  EXPECT_EQ(scores, fitted.score(history));
}

TEST(Content, RefusesAFileWhoseShapesDisagree) {
  const Fitted fitted(small());
  const artifact::TemporaryFolder folder;
  artifact::Writer good;
  ASSERT_TRUE(fitted.model->save(good).ok());
  artifact::Writer bad;
  const math::CsrMatrix tags = math::make_csr(4, 3, {});
  const math::CsrMatrix carriers = math::make_csr(3, 5, {});
  const math::CsrMatrix artist_items = math::make_csr(0, 4, {});
  const std::vector<std::int32_t> artists(4, -1);
  bad.add("tags", tags.view());
  bad.add("carriers", carriers.view());
  bad.add("artist_items", artist_items.view());
  bad.add("artists", artists);
  ASSERT_TRUE(artifact::publish_to(folder.path() / "bad", described(), bad).ok());
  auto model = make_recommender("content", {}).value();
  const auto status = model->load(artifact::Reader::open(folder.path() / "bad").value());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
}

// small() with sounds in two dimensions: 2 sounds like 0 (cosine 0.8), 4 the opposite of 0, of 1 and 3 nobody knows.
TrainingData heard() {
  TrainingData data = small();
  data.item_sounds = math::Matrix(5, 2);
  data.item_sounds(0, 0) = 1;
  data.item_sounds(2, 0) = 0.8F;
  data.item_sounds(2, 1) = 0.6F;
  data.item_sounds(4, 0) = -1;
  return data;
}

TEST(Content, SoundAddsItsCosine) {
  const std::vector<HistoryEntry> history = {{0, 3.0F}};
  const std::vector<float> without = Fitted(small()).score(history);
  const Fitted fitted(heard());
  const std::vector<float> with = fitted.score(history);
  const double plays = std::log1p(3.0);  // sound_weight is 1/2
  EXPECT_NEAR(with[0], without[0] + plays / 2, 1e-5);
  EXPECT_NEAR(with[2], plays / 2 * 0.8, 1e-5) << "no tag in common";
  EXPECT_NEAR(with[4], without[4] - plays / 2, 1e-5);
  EXPECT_EQ(with[1], without[1]);
  EXPECT_EQ(with[3], without[3]);
  EXPECT_EQ(fitted.model->item_sounds().rows, 5U);
}

TEST(Content, SoundIsEvidenceWhereItIsClearAndTrue) {
  const Fitted fitted(heard());
  const std::vector<HistoryEntry> history = {{0, 3.0F}, {1, 1.0F}};
  const auto facts = fitted.model->explain({history, 0}, 2, 10);
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].kind, Evidence::Kind::kSoundsLike);
  EXPECT_EQ(facts[0].id, 0);
  EXPECT_NEAR(facts[0].contribution, fitted.score(history)[2], 1e-5);
  for (const Evidence& fact : fitted.model->explain({history, 0}, 4, 10)) {
    EXPECT_NE(fact.kind, Evidence::Kind::kSoundsLike) << "it sounds otherwise";
  }
  TrainingData faint = heard();
  faint.item_sounds(2, 0) = 0.4F;  // below kSoundsAlike
  faint.item_sounds(2, 1) = std::sqrt(1 - 0.16F);
  EXPECT_TRUE(Fitted(faint).model->explain({history, 0}, 2, 10).empty());
}

TEST(Content, EffectsOfSoundAreWhatTheScoreLosesWithoutIt) {
  const Fitted fitted(heard());
  const std::vector<HistoryEntry> history = {{0, 3.0F}, {2, 1.0F}};
  const std::vector<Evidence> facts = {
      {Evidence::Kind::kSoundsLike, 0, 0}, {Evidence::Kind::kCoListening, 0, 0}, {Evidence::Kind::kSameArtist, 0, 0}};
  const std::vector<std::int32_t> items = {0, 1, 2, 3, 4};
  const auto effects = fitted.model->effects({history, 0}, facts, items);
  ASSERT_TRUE(effects);
  const std::vector<float> scores = fitted.score(history);
  const std::vector<float> alone = fitted.score({{2, 1.0F}});
  TrainingData deaf = heard();
  deaf.item_sounds(0, 0) = 0;  // as if nobody knew how item 0 sounds
  const std::vector<float> unheard = Fitted(deaf).score(history);
  for (std::size_t i = 1; i < items.size(); ++i) {  // an item is no evidence for itself
    EXPECT_NEAR(effects->scores[i], scores[i], 1e-5);
    EXPECT_NEAR(effects->lost(0, i), scores[i] - unheard[i], 1e-5) << i;
    EXPECT_NEAR(effects->lost(1, i), scores[i] - alone[i], 1e-5) << i;
  }
  EXPECT_NEAR(effects->lost(2, 2), 0, 1e-6) << "another artist";
}

TEST(Content, RefusesTheSoundsOfOtherItems) {
  const auto load = [](math::ConstMatrixView sounds) {
    const artifact::TemporaryFolder folder;
    TrainingData data = small();
    const Fitted fitted(data);
    artifact::Writer writer;
    EXPECT_TRUE(fitted.model->save(writer).ok());
    writer.add("sounds", sounds);
    EXPECT_TRUE(artifact::publish_to(folder.path() / "m", described(), writer).ok());
    return make_recommender("content", {}).value()->load(artifact::Reader::open(folder.path() / "m").value());
  };
  const math::Matrix four(4, 2), five(5, 2);
  EXPECT_TRUE(load(five.view()).ok());
  const base::Status status = load(four.view());
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, testing::HasSubstr("4 sounds do not fit"));
}

TEST(Content, SoundsComeBackFromDisk) {
  const artifact::TemporaryFolder folder;
  const Fitted fitted(heard());
  artifact::Writer writer;
  ASSERT_TRUE(fitted.model->save(writer).ok());
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", described(), writer).ok());
  auto loaded = make_recommender("content", {{"artist_weight", 0.5}}).value();
  ASSERT_TRUE(loaded->load(artifact::Reader::open(folder.path() / "m").value()).ok());
  std::vector<float> scores(5);
  const std::vector<HistoryEntry> history = {{0, 3.0F}};
  loaded->score({history, 0}, scores);
  EXPECT_EQ(scores, fitted.score(history));
}

}  // namespace
}  // namespace mla::models
