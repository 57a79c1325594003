#include "knowledge/catalog/archive_queue.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"

namespace mla::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::UnixMillis kNow = 1'000'000;
constexpr base::UnixMillis kSoon = kNow + 1'000;

Event event(const std::string& user, const std::string& item, std::optional<base::UnixMillis> time) {
  Event one;
  one.user = base::UserId(user);
  one.item = base::ItemId(item);
  one.time = time;
  return one;
}

class ArchiveQueueTest : public testing::Test {
 protected:
  void add(const std::vector<Event>& events) { ASSERT_TRUE(catalog_.add_events(events, "test").ok()); }
  void follow() { ASSERT_TRUE(queue_.follow("there").ok()); }

  // "user item" of each event that the batch tells; "-user" of whom it erases.
  static std::vector<std::string> told(const ArchiveQueue::Batch& batch) {
    std::vector<std::string> told;
    if (batch.erased) told.push_back("-" + batch.erased->str());
    for (const Event& one : batch.events) told.push_back(one.user.str() + " " + one.item.str());
    return told;
  }
  // What all batches tell, each acknowledged.
  std::vector<std::string> tell_all(std::size_t most = 100) {
    const std::int64_t claim = queue_.claim("there", "me", kNow, kSoon).value();
    EXPECT_NE(claim, 0);
    std::vector<std::string> all;
    for (;;) {
      const ArchiveQueue::Batch batch = queue_.next(most).value();
      if (batch.empty()) break;
      EXPECT_LE(batch.events.size(), most);
      EXPECT_TRUE(queue_.done(claim, batch, kNow, kSoon).value());
      for (std::string& one : told(batch)) all.push_back(std::move(one));
    }
    EXPECT_TRUE(queue_.release(claim).ok());
    return all;
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  Catalog catalog_ = Catalog::open(*database_).value();
  ArchiveQueue queue_{*database_};
};

TEST_F(ArchiveQueueTest, WithoutAnArchiveNothingIsLeft) {
  add({event("ana", "a", 1)});
  ASSERT_TRUE(catalog_.erase_user(base::UserId("ana")).value());
  EXPECT_EQ(queue_.waiting()->histories, 0);
  EXPECT_EQ(queue_.waiting()->erasures, 0);
  EXPECT_FALSE(queue_.state()->following);
  EXPECT_EQ(queue_.state()->waiting, 0);
  EXPECT_EQ(queue_.claim("there", "me", kNow, kSoon).value(), 0);
}

TEST_F(ArchiveQueueTest, ANewArchiveIsToldAllThatIsThere) {
  add({event("ana", "a", 1), event("ben", "b", {}), event("ana", "c", 2), event("ana", "c", {})});
  follow();
  EXPECT_EQ(queue_.state()->target, "there");
  EXPECT_EQ(queue_.state()->waiting, 2);
  EXPECT_EQ(queue_.waiting()->histories, 2);
  follow();  // again: it follows already
  EXPECT_EQ(queue_.waiting()->histories, 2);
  EXPECT_THAT(tell_all(), ElementsAre("ana c", "ana a", "ana c", "ben b"));
  EXPECT_EQ(queue_.state()->waiting, 0);
  EXPECT_EQ(queue_.state()->heard, kNow);
  ASSERT_TRUE(queue_.follow("elsewhere").ok());
  EXPECT_EQ(queue_.waiting()->histories, 2);
}

TEST_F(ArchiveQueueTest, TellsEventsAsTheyWereHeard) {
  Event one = event("ana", "a", 7);
  one.id = base::EventId("given");
  one.type = EventType::kSkip;
  one.weight = 2.5;
  one.ms_played = 12;
  one.context = "{}";
  add({one, event("ana", "b", {})});
  follow();
  const std::vector<Event> told = queue_.next(10)->events;
  const std::vector<Event> history = catalog_.history(base::UserId("ana"), 10).value();
  EXPECT_THAT(told, ElementsAre(history[1], history[0]));
}

TEST_F(ArchiveQueueTest, WhatIsWrittenSinceWaitsInTheOrderOfWriting) {
  follow();
  add({event("ben", "b", 9)});
  add({event("ana", "a", 1), event("ben", "c", 2)});
  add({event("ana", "a", 1)});  // there already
  EXPECT_EQ(queue_.waiting()->histories, 3);
  EXPECT_THAT(tell_all(), ElementsAre("ben b", "ben c", "ana a"));
  EXPECT_THAT(tell_all(), IsEmpty());
}

// Untimed events all lie at one time: those that are there already are not told with each new one.
TEST_F(ArchiveQueueTest, OneEventAmongManyIsToldAlone) {
  follow();
  std::vector<Event> events;
  for (int i = 0; i < 50; ++i) events.push_back(event("ana", "i" + std::to_string(i), {}));
  add(events);
  Event lowest = event("ana", "lowest", {});
  lowest.id = base::EventId(std::string(32, '0'));
  Event highest = event("ana", "highest", {});
  highest.id = base::EventId(std::string(32, 'f'));
  EXPECT_EQ(tell_all().size(), 50U);
  for (const Event& one : {lowest, highest, event("ana", "new", {})}) {
    add({one});
    EXPECT_THAT(tell_all(), ElementsAre("ana " + one.item.str()));
  }
}

TEST_F(ArchiveQueueTest, ALongHistoryIsToldInPieces) {
  std::vector<Event> events;
  for (int i = 0; i < 25; ++i)
    events.push_back(
        event("ana", "i" + std::to_string(i), i < 10 ? std::nullopt : std::optional<base::UnixMillis>(i / 5)));
  events.push_back(event("ben", "b", 3));
  add(events);
  follow();
  const std::vector<std::string> told = tell_all(4);
  EXPECT_EQ(told.size(), 26U);
  EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), 26U);
  EXPECT_EQ(told.back(), "ben b");
}

TEST_F(ArchiveQueueTest, WhatIsNotAcknowledgedIsToldAgain) {
  add({event("ana", "a", 1), event("ana", "b", 2), event("ana", "c", 3)});
  follow();
  EXPECT_THAT(told(*queue_.next(2)), ElementsAre("ana a", "ana b"));
  EXPECT_THAT(told(*queue_.next(2)), ElementsAre("ana a", "ana b"));
  const std::int64_t claim = queue_.claim("there", "me", kNow, kSoon).value();
  ASSERT_TRUE(queue_.done(claim, *queue_.next(2), kNow, kSoon).value());
  add({event("ana", "z", 1)});  // before what was told, in a row of its own
  EXPECT_THAT(told(*queue_.next(5)), ElementsAre("ana c", "ana z"));
}

TEST_F(ArchiveQueueTest, AnErasureTakesBackWhatWaitsAndIsToldInItsTurn) {
  add({event("ana", "a", 1), event("ben", "b", 1)});
  follow();
  ASSERT_TRUE(catalog_.erase_user(base::UserId("ana")).value());
  add({event("ana", "new", 5)});
  EXPECT_EQ(queue_.waiting()->histories, 2);
  EXPECT_EQ(queue_.waiting()->erasures, 1);
  EXPECT_THAT(told(*queue_.next(10)), ElementsAre("ben b"));
  EXPECT_THAT(tell_all(), ElementsAre("ben b", "-ana", "ana new"));
  // Of whom the database knows nothing any more, an archive may.
  EXPECT_FALSE(catalog_.erase_user(base::UserId("nobody")).value());
  EXPECT_THAT(tell_all(), ElementsAre("-nobody"));
}

TEST_F(ArchiveQueueTest, OneTellsAtATime) {
  follow();
  const std::int64_t mine = queue_.claim("there", "me", kNow, kSoon).value();
  ASSERT_GT(mine, 0);
  EXPECT_EQ(queue_.claim("there", "other", kNow + 999, kNow + 2'000).value(), 0);
  EXPECT_EQ(queue_.state()->holder, "me");
  const std::int64_t theirs = queue_.claim("there", "other", kSoon, kSoon + 1'000).value();
  EXPECT_GT(theirs, mine);
  ASSERT_TRUE(queue_.release(mine).ok());  // counts no more
  EXPECT_EQ(queue_.claim("there", "me", kSoon, kSoon + 1'000).value(), 0);
  ASSERT_TRUE(queue_.release(theirs).ok());
  EXPECT_GT(queue_.claim("there", "me", kSoon, kSoon + 1'000).value(), theirs);
}

TEST_F(ArchiveQueueTest, AClaimIsForTheArchiveThatFollows) {
  follow();
  const std::int64_t old = queue_.claim("there", "me", kNow, kSoon).value();
  ASSERT_TRUE(queue_.follow("elsewhere").ok());
  EXPECT_EQ(queue_.claim("there", "me", kNow, kSoon).value(), 0);
  EXPECT_FALSE(queue_.done(old, 7, kNow, kSoon).value());
  EXPECT_GT(queue_.claim("elsewhere", "other", kNow, kSoon).value(), old);
}

TEST_F(ArchiveQueueTest, AClaimFromTheFutureIsAClockThatWasSetBack) {
  follow();
  ASSERT_GT(queue_.claim("there", "me", kNow + 1'000'000, kNow + 1'001'000).value(), 0);
  EXPECT_GT(queue_.claim("there", "other", kNow, kSoon).value(), 0);
}

// Whoever was stopped between reading and telling may have told what another one had erased meanwhile.
TEST_F(ArchiveQueueTest, WhoLostTheClaimLeavesAnErasureOfThoseItTold) {
  add({event("ana", "a", 1), event("ben", "b", 1)});
  follow();
  const std::int64_t mine = queue_.claim("there", "me", kNow, kSoon).value();
  const ArchiveQueue::Batch late = queue_.next(10).value();
  ASSERT_TRUE(catalog_.erase_user(base::UserId("ana")).value());
  const std::int64_t theirs = queue_.claim("there", "other", kSoon, kSoon + 1'000).value();
  for (ArchiveQueue::Batch batch; !(batch = queue_.next(10).value()).empty();)
    ASSERT_TRUE(queue_.done(theirs, batch, kSoon, kSoon + 1'000).value());
  ASSERT_FALSE(queue_.done(mine, late, kSoon, kSoon + 1'000).value());
  ASSERT_TRUE(queue_.release(theirs).ok());
  EXPECT_THAT(tell_all(), testing::UnorderedElementsAre("-ana", "-ben", "ben b"));
}

TEST_F(ArchiveQueueTest, AnalysesAreKnownByTheLastNumber) {
  follow();
  const std::int64_t claim = queue_.claim("there", "me", kNow, kSoon).value();
  ASSERT_TRUE(queue_.done(claim, 7, kNow, kSoon).value());
  EXPECT_EQ(queue_.state()->analyses, 7);
  EXPECT_FALSE(queue_.done(claim + 1, 9, kNow, kSoon).value());
  EXPECT_EQ(queue_.state()->analyses, 7);
  ASSERT_TRUE(queue_.follow("elsewhere").ok());
  EXPECT_EQ(queue_.state()->analyses, 0);
}

TEST_F(ArchiveQueueTest, WhatIsWrongIsNotedUntilSomethingIsAcknowledged) {
  follow();
  ASSERT_TRUE(queue_.note_problem("away").ok());
  EXPECT_EQ(queue_.state()->problem, "away");
  add({event("ana", "a", 1)});
  tell_all();
  EXPECT_EQ(queue_.state()->problem, "");
}

TEST_F(ArchiveQueueTest, StopsButForErasures) {
  EXPECT_FALSE(queue_.stop().value());
  add({event("ana", "a", 1)});
  follow();
  EXPECT_TRUE(queue_.stop().value());
  EXPECT_FALSE(queue_.stop().value());
  add({event("ana", "b", 2)});
  EXPECT_EQ(queue_.waiting()->histories, 0);
  ASSERT_TRUE(catalog_.erase_user(base::UserId("ana")).value());
  EXPECT_EQ(queue_.waiting()->erasures, 1);
  add({event("ana", "c", 3)});
  follow();
  EXPECT_THAT(tell_all(), ElementsAre("-ana", "ana c"));
}

}  // namespace
}  // namespace mla::catalog
