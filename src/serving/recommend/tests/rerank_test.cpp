#include "serving/recommend/rerank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::recommend {
namespace {

using testing::ElementsAre;

std::shared_ptr<const ItemFacts> facts(std::string artist, std::string song, bool is_artist = false) {
  auto made = std::make_shared<ItemFacts>();
  made->in_catalogue = true;
  made->artist = std::move(artist);
  made->song = std::move(song);
  made->is_artist = is_artist;
  return made;
}

// Four songs of four artists, falling scores, rising popularity.
std::vector<Candidate> four() {
  std::vector<Candidate> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back({i, 4.0F - static_cast<float>(i), i, 0.1F * static_cast<float>(i + 1),
                   facts("artist " + std::to_string(i), "song " + std::to_string(i))});
  }
  return all;
}

std::vector<std::int32_t> items(const std::vector<Candidate>& chosen) {
  std::vector<std::int32_t> ids;
  for (const Candidate& candidate : chosen) ids.push_back(candidate.item);
  return ids;
}

const Similarity kUnlike = [](std::size_t, std::span<float> out) { std::fill(out.begin(), out.end(), 0.0F); };
constexpr Knobs kPlain{0, 0, 0, 1};

TEST(Rerank, KnobsAtZeroKeepTheModelsOrder) {
  EXPECT_THAT(items(rerank(four(), kPlain, {}, kUnlike, 3)), ElementsAre(0, 1, 2));
  EXPECT_THAT(items(rerank(four(), kPlain, {}, kUnlike, 10)), ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(rerank({}, kPlain, {}, kUnlike, 10).empty());
}

TEST(Rerank, DiversityPassesOverTwins) {
  const Similarity twins = [](std::size_t to, std::span<float> out) {  // 0 and 1
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = to + i == 1 ? 1.0F : 0.0F;
  };
  Knobs knobs = kPlain;
  knobs.diversity_factor = 1;
  // By hand, λ = 1/2: after item 0 the values are 1: 1/2·2/3 − 1/2·1 = −1/6; 2: 1/2·1/3 = 1/6; 3: 0.
  EXPECT_THAT(items(rerank(four(), knobs, {}, twins, 4)), ElementsAre(0, 2, 3, 1));
  knobs.diversity_factor = 0.1;  // λ = 0.05: 1 keeps 0.95·2/3 − 0.05
  EXPECT_THAT(items(rerank(four(), knobs, {}, twins, 4)), ElementsAre(0, 1, 2, 3));
}

TEST(Rerank, NoveltyAndPopularityPullApart) {
  std::vector<Candidate> level = four();
  for (Candidate& candidate : level) candidate.score = 1;
  Knobs novel = kPlain;
  novel.novelty_factor = 1;
  EXPECT_THAT(items(rerank(level, novel, {}, kUnlike, 4)), ElementsAre(0, 1, 2, 3));  // rarest first
  Knobs popular = kPlain;
  popular.popularity_bias = 1;
  EXPECT_THAT(items(rerank(level, popular, {}, kUnlike, 4)), ElementsAre(3, 2, 1, 0));
}

TEST(Rerank, AtMostKTracksOfOneArtistAndOneVersionOfASong) {
  std::vector<Candidate> all = four();
  all[0].facts = facts("same", "x");
  all[1].facts = facts("same", "y");
  all[2].facts = facts("same", "z");
  all[3].facts = facts("other", "x");
  Options options;
  options.items_per_artist = 2;
  EXPECT_THAT(items(rerank(all, kPlain, options, kUnlike, 4)), ElementsAre(0, 1));  // z: third of "same"; 3: same song
  options.items_per_artist = 3;
  EXPECT_THAT(items(rerank(all, kPlain, options, kUnlike, 4)), ElementsAre(0, 1, 2));
}

std::vector<std::string> artists_of(const std::vector<Candidate>& chosen) {
  std::vector<std::string> names;
  for (const Candidate& candidate : chosen) names.push_back(candidate.facts->artist);
  return names;
}

TEST(Rerank, TracksOfAnArtistDoNotStandSideBySide) {
  std::vector<Candidate> all = four();
  all[0].facts = facts("a", "w");
  all[1].facts = facts("a", "x");
  all[2].facts = facts("b", "y");
  all[3].facts = facts("b", "z");
  EXPECT_THAT(items(rerank(all, kPlain, {}, kUnlike, 4)), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(artists_of(rerank(all, kPlain, {}, kUnlike, 2)), ElementsAre("a", "a")) << "there is no other to move";
  for (Candidate& candidate : all) candidate.facts = facts("", "");
  EXPECT_THAT(items(rerank(all, kPlain, {}, kUnlike, 4)), ElementsAre(0, 1, 2, 3)) << "nobody knows whose they are";
}

TEST(Rerank, WhatWasShownComesLaterAndComesBack) {
  std::vector<Candidate> all = four();
  all[0].shown = 1;
  EXPECT_THAT(items(rerank(all, kPlain, {}, kUnlike, 3)), ElementsAre(1, 2, 0)) << "1 − 1 is level with the last";
  all[0].shown = 0.25;
  EXPECT_THAT(items(rerank(all, kPlain, {}, kUnlike, 3)), ElementsAre(0, 1, 2));
  all[0].shown = 0.5;
  EXPECT_THAT(items(rerank(all, kPlain, {}, kUnlike, 2)), ElementsAre(1, 0));
}

TEST(Rerank, ArtistsThemselvesAreNotCapped) {
  std::vector<Candidate> all = four();
  for (Candidate& candidate : all) candidate.facts = facts("name", "", true);
  Options options;
  options.items_per_artist = 1;
  EXPECT_EQ(rerank(all, kPlain, options, kUnlike, 4).size(), 4u);
}

std::vector<float> likeness(const Similarity& similarity, std::size_t to, std::size_t count) {
  std::vector<float> out(count);
  similarity(to, out);
  return out;
}

TEST(Similarity, IsTheCosineOfVectorsElseOfTags) {
  using testing::FloatNear;
  math::Matrix vectors(4, 2);
  vectors(0, 0) = 1;
  vectors(1, 0) = 2;  // parallel to 0
  vectors(2, 1) = 1;  // orthogonal
  vectors(3, 0) = 3;
  vectors(3, 1) = 4;  // cosine with 0: 3/5
  const std::vector<Candidate> all = four();
  EXPECT_THAT(likeness(make_similarity(all, {.vectors = vectors.view()}), 0, 4),
              ElementsAre(FloatNear(1, 1e-6F), FloatNear(1, 1e-6F), FloatNear(0, 1e-6F), FloatNear(0.6F, 1e-6F)));
  const math::CsrMatrix tags{4, 2, {0, 1, 2, 2, 4}, {0, 1, 0, 1}, {1, 1, 3, 4}};
  EXPECT_THAT(likeness(make_similarity(all, {.tags = tags.view()}), 0, 4),
              ElementsAre(FloatNear(1, 1e-6F), FloatNear(0, 1e-6F), FloatNear(0, 1e-6F), FloatNear(0.6F, 1e-6F)));
  EXPECT_THAT(likeness(make_similarity(all, {}), 0, 4), testing::Each(0.0F));
}

TEST(Similarity, SoundsCountHalfWhereBothAreKnown) {
  using testing::FloatNear;
  math::Matrix sounds(4, 2);  // of 3 nobody knows
  sounds(0, 0) = 1;
  sounds(1, 0) = 0.6F;
  sounds(1, 1) = 0.8F;
  sounds(2, 0) = -1;
  const math::CsrMatrix tags{4, 1, {0, 1, 1, 2, 3}, {0, 0, 0}, {1, 1, 1}};  // all but 1
  const std::vector<Candidate> all = four();
  EXPECT_THAT(likeness(make_similarity(all, {.sounds = sounds.view()}), 0, 4),
              ElementsAre(FloatNear(1, 1e-6F), FloatNear(0.6F, 1e-6F), 0.0F, 0.0F));
  EXPECT_THAT(likeness(make_similarity(all, {.tags = tags.view(), .sounds = sounds.view()}), 0, 4),
              ElementsAre(FloatNear(1, 1e-6F), FloatNear(0.3F, 1e-6F), FloatNear(0.5F, 1e-6F), FloatNear(1, 1e-6F)));
}

TEST(Aversion, IsTheLikenessToWhatWasTurnedDownTimesItsStrength) {
  math::Matrix sounds(5, 2);
  sounds(0, 0) = 1;
  sounds(1, 1) = 1;
  sounds(4, 0) = 1;
  std::vector<Candidate> all = four();
  set_aversion(all, std::vector<Aversion>{{4, kLessLike}}, {.sounds = sounds.view()});
  EXPECT_FLOAT_EQ(all[0].aversion, 2);
  EXPECT_FLOAT_EQ(all[1].aversion, 0);
  EXPECT_THAT(items(rerank(all, kPlain, {}, kUnlike, 4)), ElementsAre(1, 2, 0, 3)) << "1 − 2/2 is level with the last";
}

}  // namespace
}  // namespace mla::recommend
