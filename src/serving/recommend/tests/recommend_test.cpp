#include "serving/recommend/recommend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/recommend/tests/fixture.h"

namespace mla::recommend {
namespace {

using catalog::EventType;
using models::Evidence;
using testing::ElementsAre;
using testing::HasSubstr;

class RecommendTest : public testing::Test {
 protected:
  Answer ask(Request request) {
    request.user = base::UserId("u");
    request.knobs = {0, 0, 0, 1};
    FactsCache facts(small_catalogue_.catalog, small_.bundle);
    return recommend(request, small_catalogue_.catalog, small_.bundle, *small_.fixed, facts, opinions_, {}, now_)
        .value();
  }
  void play(const std::vector<catalog::Event>& events) {
    ASSERT_TRUE(small_catalogue_.catalog.add_events(events, "test").ok());
  }
  static std::vector<std::string> ids(const Answer& answer) {
    std::vector<std::string> out;
    for (const Recommendation& one : answer.recommendations) out.push_back(one.track_id.str());
    return out;
  }

  SmallCatalogue small_catalogue_{6};
  SmallBundle small_{{6, 5, 4, 3, 2, 1}};  // items a … f, a best
  OpinionCache opinions_;
  base::UnixMillis now_ = kNow;
};

TEST_F(RecommendTest, HeardDislikedAndRemovedItemsAreFiltered) {
  play({event("a", EventType::kListen, days_ago(2)), event("b", EventType::kDislike, days_ago(900))});
  ASSERT_TRUE(small_catalogue_.catalog.remove_item(base::ItemId("c")).value());
  EXPECT_THAT(ids(ask({})), ElementsAre("d", "e", "f"));
}

TEST_F(RecommendTest, TwoTracksOfAnArtistAndTheLimit) {
  EXPECT_THAT(ids(ask({})), ElementsAre("a", "b", "c", "d"));  // artists 0 1 0 1; e and f are third ones
  Request two;
  two.limit = 2;
  EXPECT_THAT(ids(ask(two)), ElementsAre("a", "b"));
}

TEST_F(RecommendTest, TheReasonNamesPlayedItemsWithTitles) {
  play({event("e", EventType::kListen, days_ago(2), 12), event("f", EventType::kListen, days_ago(2), 30)});
  small_.fixed->evidence[0] = {{Evidence::Kind::kCoListening, 4, 2.0F}, {Evidence::Kind::kCoListening, 5, 1.0F}};
  const Answer answer = ask({});
  // Median of 12 and 30 is 30: only one was played often, so "often" would not be true of both.
  EXPECT_EQ(answer.recommendations[0].recommendation_reason,
            "because you played Song e and Song f; their listeners also play this");
  EXPECT_THAT(answer.recommendations[0].evidence, ElementsAre(base::ItemId("e"), base::ItemId("f")));
  now_ += base::kMillisPerDay;  // an opinion is kept for a day
  small_.fixed->evidence[0] = {{Evidence::Kind::kCoListening, 5, 2.0F}};
  EXPECT_EQ(ask({}).recommendations[0].recommendation_reason,
            "because you played Song f often; its listeners also play this");
}

TEST_F(RecommendTest, TagsAreNamedWithTheItemThatSharesThem) {
  play({event("e", EventType::kLike, days_ago(2))});
  small_.fixed->evidence[0] = {{Evidence::Kind::kSharedTag, 0, 3.0F, 4},
                               {Evidence::Kind::kSharedTag, 1, 2.0F, 4},
                               {Evidence::Kind::kCoListening, 4, 1.0F}};
  EXPECT_EQ(ask({}).recommendations[0].recommendation_reason,
            "shares the tags doom and drone with Song e; because you liked Song e; its listeners also play this");
}

TEST_F(RecommendTest, EvidenceThatTheListenerDoesNotHaveIsNeverNamed) {
  small_.fixed->evidence[0] = {{Evidence::Kind::kCoListening, 4, 2.0F}};  // "e" was never played
  const Answer answer = ask({});
  EXPECT_EQ(answer.recommendations[0].recommendation_reason, "played by 25 % of the listeners here");
  EXPECT_TRUE(answer.recommendations[0].evidence.empty());
  EXPECT_THAT(answer.notes, testing::Contains(HasSubstr("nothing to go by")));
}

TEST_F(RecommendTest, NewEventsCountAtOnce) {
  EXPECT_THAT(ids(ask({})), ElementsAre("a", "b", "c", "d"));
  play({event("a", EventType::kListen, days_ago(0))});
  EXPECT_THAT(ids(ask({})), ElementsAre("b", "c", "d", "e"));
  ASSERT_EQ(small_.fixed->last_history.size(), 1u);
  EXPECT_EQ(small_.fixed->last_history[0].item, 0);
}

TEST_F(RecommendTest, AnUnchangedListenerIsScoredOnce) {
  play({event("a", EventType::kListen, days_ago(2))});
  const auto first = ids(ask({}));
  EXPECT_EQ(small_.fixed->scored, 1);
  EXPECT_EQ(ids(ask({})), first);
  EXPECT_EQ(small_.fixed->scored, 1);
  EXPECT_EQ(opinions_.size(), 1u);
  play({event("b", EventType::kDislike, days_ago(0))});
  EXPECT_THAT(ids(ask({})), testing::Not(testing::Contains("b")));
  EXPECT_EQ(small_.fixed->scored, 2);
  ASSERT_TRUE(small_catalogue_.catalog.remove_item(base::ItemId("c")).value());  // not part of an opinion
  EXPECT_THAT(ids(ask({})), testing::Not(testing::Contains("c")));
  EXPECT_EQ(small_.fixed->scored, 2);
}

TEST_F(RecommendTest, LessLikeThisPushesBackWhatIsAlikeAndLeavesItOut) {
  small_.set_sounds({{1, 0}, {0, 1}, {1, 0}, {0, 1}, {0, 1}, {1, 0}});  // a, c and f sound alike
  Request request;
  request.limit = 2;
  EXPECT_THAT(ids(ask(request)), ElementsAre("a", "b"));
  request.less_like = {"f"};
  EXPECT_THAT(ids(ask(request)), ElementsAre("b", "d"));
  request.limit = 6;
  EXPECT_THAT(ids(ask(request)), testing::Not(testing::Contains("f")));
  request.limit = 2;
  request.less_like = {"nothing"};
  const Answer answer = ask(request);
  EXPECT_THAT(ids(answer), ElementsAre("a", "b"));
  EXPECT_THAT(answer.notes, testing::Contains(HasSubstr("less like 'nothing' is not in the catalogue")));
}

TEST_F(RecommendTest, WhatWasShownComesLater) {
  Request request;
  request.shown = {{base::ItemId("a"), 1}, {base::ItemId("gone"), 1}};
  EXPECT_THAT(ids(ask(request)), ElementsAre("b", "c", "d", "e")) << "of its artist two came first";
  request.shown = {{base::ItemId("a"), 0.1}};
  EXPECT_THAT(ids(ask(request)), ElementsAre("a", "b", "c", "d"));
}

TEST_F(RecommendTest, CleanLeavesOutWhatIsTaggedExplicit) {
  catalog::Item item = small_catalogue_.catalog.find_item(base::ItemId("a")).value().value();
  item.tags = {{std::string(catalog::kExplicitTag), 1}};
  ASSERT_TRUE(small_catalogue_.catalog.put_items(std::vector{item}).ok());
  Request request;
  EXPECT_THAT(ids(ask(request)), testing::Contains("a"));
  request.clean = true;
  EXPECT_THAT(ids(ask(request)), ElementsAre("b", "c", "d", "e"));
}

TEST_F(RecommendTest, SoundIsNamedAsAReason) {
  play({event("e", EventType::kLike, days_ago(2))});
  small_.fixed->evidence[0] = {{Evidence::Kind::kSoundsLike, 4, 3.0F}, {Evidence::Kind::kSharedTag, 0, 1.0F, 4}};
  EXPECT_EQ(ask({}).recommendations[0].recommendation_reason, "sounds like Song e; shares the tag doom with Song e");
}

TEST_F(RecommendTest, WithinADayTheAnswerIsTheSame) {
  play({event("e", EventType::kListen, days_ago(100)), event("f", EventType::kListen, days_ago(3))});
  const base::UserId user("u");
  const std::int64_t day = listener_day(now_, user, {});
  while (listener_day(now_ - 3'600'000, user, {}) == day) now_ -= 3'600'000;
  ids(ask({}));
  for (now_ += 3'600'000; listener_day(now_, user, {}) == day; now_ += 3'600'000) ids(ask({}));
  EXPECT_EQ(small_.fixed->scored, 1) << "one question all day";
  ids(ask({}));
  EXPECT_EQ(small_.fixed->scored, 2);
}

TEST(FactsCache, ForgetsWhenTold) {
  SmallCatalogue small_catalogue(2);
  SmallBundle small({2, 1});
  FactsCache facts(small_catalogue.catalog, small.bundle);
  const std::vector<std::int32_t> both{1, 0};
  EXPECT_EQ(facts.get(both).value()[0]->title, "Song b");
  catalog::Item renamed;
  renamed.id = base::ItemId("b");
  renamed.title = "Renamed";
  ASSERT_TRUE(small_catalogue.catalog.put_items(std::span(&renamed, 1)).ok());
  EXPECT_EQ(facts.get(both).value()[0]->title, "Song b");
  facts.forget();
  EXPECT_EQ(facts.get(both).value()[0]->title, "Renamed");
}

}  // namespace
}  // namespace mla::recommend
