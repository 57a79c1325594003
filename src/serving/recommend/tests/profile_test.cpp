#include "serving/recommend/profile.h"

#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/recommend/tests/fixture.h"

namespace mla::recommend {
namespace {

using catalog::EventType;
using testing::ElementsAre;
using testing::IsEmpty;

class ProfileTest : public testing::Test {
 protected:
  Profile make(const std::vector<catalog::Event>& events, const std::vector<std::int32_t>& references = {},
               double decay = 1) {
    return profile_of(events, references, small_.bundle, options_, decay, kNow);
  }
  SmallBundle small_{std::vector<float>(5, 0.0F)};
  Options options_{.exclude_heard_days = 30};
};

TEST_F(ProfileTest, RecentListensBlockOldOnesDoNot) {
  const Profile profile =
      make({event("a", EventType::kListen, days_ago(1)), event("b", EventType::kListen, days_ago(90))});
  EXPECT_THAT(profile.blocked, ElementsAre(0));
  ASSERT_EQ(profile.history.size(), 2u);
  EXPECT_EQ(profile.history[1].item, 1);
  EXPECT_EQ(profile.history[1].time, days_ago(90));
}

TEST_F(ProfileTest, UntimedListensBlockForever) {
  EXPECT_THAT(make({event("c", EventType::kListen, std::nullopt, 20)}).blocked, ElementsAre(2));
}

TEST_F(ProfileTest, DislikesAndBansBlockAndDoNotSteer) {
  const Profile profile =
      make({event("a", EventType::kListen, days_ago(400), 9), event("a", EventType::kDislike, days_ago(399)),
            event("b", EventType::kBan, days_ago(500))});
  EXPECT_THAT(profile.blocked, ElementsAre(0, 1));
  EXPECT_THAT(profile.history, IsEmpty());
}

TEST_F(ProfileTest, WhenAnEventWasIsToldByItsOwnClock) {
  small_.bundle.context.occasions.weight = 1;
  small_.bundle.context.occasions.utc_offset = 2 * 3'600'000;
  const base::UnixMillis noon = days_ago(1) / base::kMillisPerDay * base::kMillisPerDay + base::kMillisPerDay / 2;
  catalog::Event at_home = event("a", EventType::kListen, noon);
  catalog::Event away = event("b", EventType::kListen, noon);
  away.context = R"({"utc_offset_minutes": -420})";
  SmallCatalogue catalogue(5);
  ASSERT_TRUE(catalogue.catalog.add_events(std::vector{at_home, away}, "test").ok());
  Request request;
  request.user = base::UserId("u");
  request.context.time_of_day = "morning";
  std::vector<std::string> notes;
  const Profile profile = make_profile(request, catalogue.catalog, small_.bundle, options_, kNow, notes).value();
  ASSERT_EQ(profile.listens.size(), 2U);
  for (const training::OccasionListen& listen : profile.listens) {
    const base::UnixMillis local = noon + (listen.item == 0 ? 120 : -420) * 60'000;
    EXPECT_EQ(listen.occasion, training::occasion_of(local)) << listen.item;
  }
}

TEST_F(ProfileTest, SkipsOutweighListens) {
  const Profile profile =
      make({event("a", EventType::kListen, days_ago(60)), event("a", EventType::kSkip, days_ago(59)),
            event("a", EventType::kSkip, days_ago(58))});
  EXPECT_THAT(profile.history, IsEmpty());
  EXPECT_THAT(profile.blocked, IsEmpty());
}

TEST_F(ProfileTest, DecayActsOnListensAndLikesByAge) {
  const Profile profile =
      make({event("a", EventType::kListen, days_ago(60), 4), event("b", EventType::kLike, days_ago(60)),
            event("c", EventType::kListen, std::nullopt, 4)},
           {}, 0.5);
  ASSERT_EQ(profile.history.size(), 3u);
  EXPECT_NEAR(profile.history[0].weight, 4 * 0.25, 1e-5);  // two half-months of .5
  EXPECT_NEAR(profile.history[1].weight, 3 * 0.25, 1e-5);
  EXPECT_NEAR(profile.history[2].weight, 4, 1e-5);  // unknown age: no decay
  EXPECT_EQ(profile.heard[0].plays, 4);
  EXPECT_TRUE(profile.heard[1].liked);
}

TEST_F(ProfileTest, ReferencesWeighAsMuchAsTheHistory) {
  const Profile profile = make({event("a", EventType::kListen, days_ago(90), 6)}, {4, 0});
  ASSERT_EQ(profile.history.size(), 2u);
  EXPECT_NEAR(profile.history[0].weight, 6 + 3, 1e-5);
  EXPECT_NEAR(profile.history[1].weight, 3, 1e-5);
  EXPECT_EQ(profile.history[1].item, 4);
  EXPECT_TRUE(profile.heard[0].reference);
  EXPECT_TRUE(profile.heard[1].reference);
  EXPECT_THAT(profile.blocked, ElementsAre(0, 4));
}

TEST_F(ProfileTest, OftenIsAtLeastFivePlaysAndTheListenersMedian) {
  EXPECT_EQ(make({event("a", EventType::kListen, days_ago(1), 2)}).often, 5);
  EXPECT_EQ(make({event("a", EventType::kListen, days_ago(1), 100), event("b", EventType::kListen, days_ago(1), 40),
                  event("c", EventType::kListen, days_ago(1), 7)})
                .often,
            40);
}

TEST_F(ProfileTest, ItemsThatTheModelDoesNotKnowAreLeftOut) {
  EXPECT_THAT(make({event("zzz", EventType::kListen, days_ago(1))}).history, IsEmpty());
}

TEST(MakeProfile, NamesWhatItCannotUse) {
  SmallCatalogue small_catalogue(5);
  SmallBundle small(std::vector<float>(3, 0.0F));  // knows a, b, c
  Request request;
  request.user = base::UserId("nobody");
  request.reference_tracks = {"a", "e", "spotify:track:none", "a"};
  std::vector<std::string> notes;
  const auto profile = make_profile(request, small_catalogue.catalog, small.bundle, {}, kNow, notes);
  ASSERT_TRUE(profile.ok());
  EXPECT_EQ(profile->history.size(), 1u);
  EXPECT_THAT(notes, ElementsAre(testing::HasSubstr("'e' came after the last training"),
                                 testing::HasSubstr("'spotify:track:none' is not in the catalogue"),
                                 testing::HasSubstr("no listening history of 'nobody'")));
}

TEST(MakeProfile, IgnoringTheHistoryKeepsWhatItBlocks) {
  SmallCatalogue small_catalogue(5);
  SmallBundle small(std::vector<float>(5, 0.0F));
  const std::vector<catalog::Event> events{event("b", EventType::kListen, days_ago(1)),
                                           event("c", EventType::kBan, days_ago(1))};
  ASSERT_TRUE(small_catalogue.catalog.add_events(events, "test").ok());
  Request request;
  request.user = base::UserId("u");
  request.reference_tracks = {"a"};
  request.context.listening_history = false;
  std::vector<std::string> notes;
  const auto profile = make_profile(request, small_catalogue.catalog, small.bundle, {}, kNow, notes);
  ASSERT_TRUE(profile.ok());
  ASSERT_EQ(profile->history.size(), 1u);
  EXPECT_EQ(profile->history[0].item, 0);
  EXPECT_THAT(profile->blocked, ElementsAre(0, 1, 2));
}

TEST_F(ProfileTest, OfReferencesInOrderTheLastCountMost) {
  const std::vector<std::int32_t> played = {3, 0, 2};
  const Profile alike = make({}, played);
  const Profile ordered = profile_of({}, played, small_.bundle, options_, 1, kNow, true);
  const auto weights = [](const Profile& profile) {
    std::map<std::int32_t, float> found;
    for (const models::HistoryEntry& entry : profile.history) found[entry.item] = entry.weight;
    return found;
  };
  const auto flat = weights(alike);
  const auto steep = weights(ordered);
  EXPECT_FLOAT_EQ(flat.at(3), flat.at(2));
  EXPECT_FLOAT_EQ(steep.at(0) / steep.at(2), static_cast<float>(kOrderDecay));
  EXPECT_FLOAT_EQ(steep.at(3) / steep.at(0), static_cast<float>(kOrderDecay));
  EXPECT_FLOAT_EQ(steep.at(0) + steep.at(2) + steep.at(3), flat.at(0) + flat.at(2) + flat.at(3));
  EXPECT_EQ(ordered.history[1].item, 2);
  EXPECT_EQ(ordered.history[1].time, kNow);  // the last one; the others a minute apart before it
  EXPECT_EQ(ordered.history[2].time, kNow - 2 * 60'000);
  EXPECT_EQ(alike.history[1].time, 0) << "a playlist has no times";
}

TEST_F(ProfileTest, ASingleReferenceInOrderIsThatReference) {
  const std::vector<std::int32_t> played = {1};
  EXPECT_EQ(profile_of({}, played, small_.bundle, options_, 1, kNow, true).history[0].weight,
            make({}, played).history[0].weight);
}

}  // namespace
}  // namespace mla::recommend
