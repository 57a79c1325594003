// Listeners of all kinds, through the whole of serving.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/recommend/tests/trained.h"

namespace mla::recommend {
namespace {

using catalog::EventType;
using testing::Contains;
using testing::HasSubstr;

catalog::Event by(const std::string& user, const std::string& item, EventType type, int days) {
  catalog::Event made = event(item.c_str(), type, days_ago(days));
  made.user = base::UserId(user);
  return made;
}

std::vector<catalog::Event> likes(const std::string& user) {
  std::vector<catalog::Event> events;
  for (int i = 0; i < 4; ++i) {
    events.push_back(by(user, TrainedWorld::id(0, i), EventType::kListen, 10));
    events.push_back(by(user, TrainedWorld::id(1, i), EventType::kListen, 10));
  }
  return events;
}

// Mean place of the tracks of a style, those not listed counted as if they came last.
double mean_place(const std::vector<std::string>& list, int style) {
  double sum = 0;
  for (int track = 0; track < TrainedWorld::kTracks; ++track) {
    sum += static_cast<double>(std::find(list.begin(), list.end(), TrainedWorld::id(style, track)) - list.begin());
  }
  return sum / TrainedWorld::kTracks;
}

std::ptrdiff_t among_first_ten(const std::vector<std::string>& list, int style) {
  const std::string prefix = TrainedWorld::id(style, 0).substr(0, 3);
  return std::count_if(list.begin(), list.begin() + 10, [&](const std::string& id) { return id.starts_with(prefix); });
}

class ListenersTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new TrainedWorld; }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }
  static std::vector<std::string> list(const std::string& user, Mode mode = Mode::kAny, bool owned_only = false) {
    Request request = TrainedWorld::request(user, 40);
    request.mode = mode;
    request.owned_only = owned_only;
    return ids(world_->ask(request));
  }
  static TrainedWorld* world_;
};

TrainedWorld* ListenersTest::world_ = nullptr;

TEST_F(ListenersTest, NeighboursOfADislikedItemFall) {
  for (const char* user : {"content", "disliker", "skipper"}) world_->write(likes(user));
  const auto before = list("content");
  world_->write({by("disliker", TrainedWorld::id(1, 9), EventType::kDislike, 1)});
  world_->write({by("skipper", TrainedWorld::id(1, 9), EventType::kSkip, 1)});
  const auto disliker = list("disliker");
  const auto skipper = list("skipper");
  EXPECT_THAT(before, Contains(TrainedWorld::id(1, 9)));
  EXPECT_THAT(disliker, testing::Not(Contains(TrainedWorld::id(1, 9))));
  // Two tracks an artist: ten of 25 are listed of each style, and artists that are not to stand side by side mix the
  // styles again further down.
  EXPECT_LE(2 * among_first_ten(disliker, 1), among_first_ten(before, 1));
  EXPECT_GT(mean_place(disliker, 1), mean_place(before, 1));
  EXPECT_LT(mean_place(disliker, 0), mean_place(before, 0));
  EXPECT_GT(mean_place(skipper, 1), mean_place(before, 1));  // a skip says less
  EXPECT_LT(mean_place(skipper, 1), mean_place(disliker, 1));
}

TEST_F(ListenersTest, AnUndoneDislikeCountsNoMore) {
  world_->write(likes("forgiving"));
  world_->write({by("forgiving", TrainedWorld::id(1, 9), EventType::kDislike, 5)});
  const auto angry = list("forgiving");
  world_->write({by("forgiving", TrainedWorld::id(1, 9), EventType::kLike, 1)});
  EXPECT_LT(mean_place(list("forgiving"), 1), mean_place(angry, 1));
}

TEST_F(ListenersTest, WithoutAnEventGetsWhatIsPopularAndIsToldSo) {
  const Answer answer = world_->ask(TrainedWorld::request("nobody", 10));
  EXPECT_EQ(answer.recommendations.size(), 10u);
  EXPECT_THAT(answer.notes, Contains(HasSubstr("nothing to go by")));
  for (const Recommendation& one : answer.recommendations) EXPECT_TRUE(one.evidence.empty());
}

TEST_F(ListenersTest, OneEventIsEnoughToKnowTheStyle) {
  world_->write({by("once", TrainedWorld::id(2, 3), EventType::kListen, 2)});
  const auto once = list("once");
  for (const int other : {0, 1, 3}) EXPECT_LT(mean_place(once, 2), mean_place(once, other));
}

TEST_F(ListenersTest, OnlyDislikesMoveThatStyleDown) {
  for (int i = 0; i < 5; ++i) world_->write({by("hater", TrainedWorld::id(3, i), EventType::kDislike, 3)});
  const auto hater = list("hater");
  ASSERT_EQ(hater.size(), 40u);
  EXPECT_GT(mean_place(hater, 3), mean_place(list("nobody"), 3));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(hater, testing::Not(Contains(TrainedWorld::id(3, i))));
}

TEST_F(ListenersTest, AVeryLongHistoryIsBounded) {
  std::vector<catalog::Event> events;
  for (int i = 0; i < 12'000; ++i) {
    events.push_back(by("tireless", TrainedWorld::id(i % 2, i % 7), EventType::kListen, 1));
    events.back().time = days_ago(1) - i * 60'000LL;
  }
  world_->write(events);
  std::vector<std::string> notes;
  const Profile profile =
      make_profile(TrainedWorld::request("tireless"), world_->catalog, world_->bundle, {}, kNow, notes).value();
  double plays = 0;
  for (const Heard& heard : profile.heard) plays += heard.plays;
  EXPECT_EQ(plays, static_cast<double>(kMostEvents));
  EXPECT_EQ(list("tireless").size(), 40u);
}

TEST_F(ListenersTest, FamiliarIsKnownArtistsAndWhatWasHeardLongAgo) {
  world_->write({by("old", TrainedWorld::id(0, 1), EventType::kListen, 300),  // heard long ago
                 by("old", TrainedWorld::id(1, 2), EventType::kListen, 3),    // heard lately
                 by("old", TrainedWorld::id(2, 3), EventType::kDislike, 3)});
  const auto familiar = list("old", Mode::kFamiliar);
  ASSERT_FALSE(familiar.empty());
  EXPECT_THAT(familiar, Contains(TrainedWorld::id(0, 1)));
  EXPECT_THAT(familiar, testing::Not(Contains(TrainedWorld::id(1, 2))));
  for (const std::string& id : familiar) {
    const int track = std::stoi(id.substr(3));
    EXPECT_TRUE((id.starts_with("s0-") && track % 5 == 1) || (id.starts_with("s1-") && track % 5 == 2)) << id;
  }
}

TEST_F(ListenersTest, AnUnknownTimeCountsAsLongAgoForTheFamiliar) {
  catalog::Event untimed = by("undated", TrainedWorld::id(0, 1), EventType::kListen, 1);
  untimed.time.reset();
  world_->write({untimed});
  EXPECT_THAT(list("undated"), testing::Not(Contains(TrainedWorld::id(0, 1))));
  EXPECT_THAT(list("undated", Mode::kFamiliar), Contains(TrainedWorld::id(0, 1)));
}

TEST_F(ListenersTest, DiscoverIsArtistsNeverHeard) {
  const auto all = list("u1");
  const auto discovered = list("u1", Mode::kDiscover);
  std::set<std::string> artists;
  const std::vector<catalog::Event> history = world_->catalog.history(base::UserId("u1"), 1000).value();
  for (const catalog::Event& event : history) {
    artists.insert(world_->catalog.find_item(event.item).value()->artist);
  }
  const auto heard = [&](const std::string& id) {
    return artists.contains(world_->catalog.find_item(base::ItemId(id)).value()->artist);
  };
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), heard));
  ASSERT_FALSE(discovered.empty());
  EXPECT_TRUE(std::none_of(discovered.begin(), discovered.end(), heard));
}

TEST_F(ListenersTest, OwnedOnlyGivesItemsWithAFile) {
  const auto owned = list("u2", Mode::kAny, true);
  ASSERT_GT(owned.size(), 10u);
  for (const std::string& id : owned) EXPECT_EQ(std::stoi(id.substr(3)) % 2, 0) << id;
}

TEST_F(ListenersTest, WhereNothingIsLeftTheAnswerSaysWhy) {
  std::vector<catalog::Event> events;
  for (int style = 0; style < TrainedWorld::kStyles; ++style) {
    for (int artist = 0; artist < 5; ++artist) {
      events.push_back(by("omnivore", TrainedWorld::id(style, artist), EventType::kListen, 2));
    }
  }
  world_->write(events);
  Request request = TrainedWorld::request("omnivore");
  request.mode = Mode::kDiscover;
  const Answer answer = world_->ask(request);
  EXPECT_TRUE(answer.recommendations.empty());
  EXPECT_THAT(answer.notes, Contains(HasSubstr("every artist was heard")));
  request = TrainedWorld::request("nobody");
  request.mode = Mode::kFamiliar;
  EXPECT_TRUE(world_->ask(request).recommendations.empty());
}

}  // namespace
}  // namespace mla::recommend
