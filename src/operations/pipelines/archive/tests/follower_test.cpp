#include "operations/pipelines/archive/follower.h"

#include <atomic>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"
#include "operations/pipelines/archive/tests/fake_archive.h"

namespace mla::pipelines {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

catalog::Event event(const std::string& user, const std::string& item, base::UnixMillis time = 1) {
  catalog::Event one;
  one.user = base::UserId(user);
  one.item = base::ItemId(item);
  one.time = time;
  return one;
}

class FollowerTest : public testing::Test {
 protected:
  void add(const std::vector<catalog::Event>& events) { ASSERT_TRUE(catalog_.add_events(events, "test").ok()); }
  void erase(const std::string& user) { ASSERT_TRUE(catalog_.erase_user(base::UserId(user)).ok()); }
  Follower open(Archive& archive, std::size_t batch_size = 2) {
    return Follower::open(*database_, archive, clock_, {.batch_size = batch_size, .claim_seconds = 10}).value();
  }
  Follower::Report run(Follower& follower) {
    Follower::Report report;
    const base::Status status = follower.run(go_on_, report);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return report;
  }
  std::string problem_of(Follower& follower) {
    Follower::Report report;
    const base::Status status = follower.run(go_on_, report);
    return status.ok() ? "" : status.error().message;
  }
  std::string noted() { return catalog::ArchiveQueue(*database_).state()->problem; }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  catalog::Catalog catalog_ = catalog::Catalog::open(*database_).value();
  Analyses analyses_ = Analyses::open(*database_).value();
  base::ManualClock clock_{1'000'000};
  base::CancelFlag go_on_;
  FakeArchive archive_;
};

TEST_F(FollowerTest, TellsAllAndThenWhatIsNew) {
  add({event("ana", "a", 1), event("ana", "b", 2), event("ana", "c", 3), event("ben", "a", 1)});
  ASSERT_TRUE(analyses_.put(std::vector<Analyses::Found>{{"p1", {}}, {"p2", {}}, {"p3", {}}}, 1).ok());
  Follower follower = open(archive_);
  const Follower::Report first = run(follower);
  EXPECT_EQ(first.events, 4);
  EXPECT_EQ(first.analyses, 3);
  EXPECT_TRUE(first.complete);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ana a", "ana b", "ana c", "ben a"));
  add({event("ben", "z", 9)});
  ASSERT_TRUE(analyses_.put(std::vector<Analyses::Found>{{"p1", {{"tempo", 1}}}}, 1).ok());
  const Follower::Report second = run(follower);
  EXPECT_EQ(second.events, 1);
  EXPECT_EQ(second.analyses, 1);
  EXPECT_EQ(archive_.analyses_["p1"], R"({"tempo":1})");
  EXPECT_EQ(run(follower).events, 0);
}

TEST_F(FollowerTest, AnArchiveThatIsAwayMissesNothing) {
  Follower follower = open(archive_);
  archive_.away_ = true;
  add({event("ana", "a")});
  EXPECT_EQ(problem_of(follower), "fake: gone");
  EXPECT_EQ(noted(), "fake: gone");
  add({event("ana", "b", 2)});
  EXPECT_EQ(problem_of(follower), "fake: gone");
  archive_.away_ = false;
  EXPECT_TRUE(run(follower).complete);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ana a", "ana b"));
  EXPECT_EQ(noted(), "");
}

TEST_F(FollowerTest, IsAskedWhetherItIsThereWhenThereIsNothingToTell) {
  Follower follower = open(archive_);
  archive_.away_ = true;
  EXPECT_EQ(problem_of(follower), "fake: gone");
  EXPECT_EQ(noted(), "fake: gone");
  archive_.away_ = false;
  EXPECT_EQ(problem_of(follower), "");
  EXPECT_EQ(noted(), "");
}

TEST_F(FollowerTest, AHalfWrittenBatchIsToldAgain) {
  add({event("ana", "a", 1), event("ana", "b", 2), event("ana", "c", 3)});
  Follower follower = open(archive_, 3);
  archive_.takes_ = 2;
  EXPECT_EQ(problem_of(follower), "fake: gone");
  EXPECT_EQ(archive_.events_.size(), 2U);
  archive_.takes_ = 100;
  run(follower);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ana a", "ana b", "ana c"));
}

// Killed between the archive's acknowledgement and the database: another process begins with the same batch.
TEST_F(FollowerTest, WhatWasToldByOneThatDiedIsThereOnce) {
  add({event("ana", "a", 1), event("ana", "b", 2), event("ana", "c", 3)});
  {
    Follower killed = open(archive_);
    archive_.after_events_ = [] { throw std::runtime_error("killed"); };
    Follower::Report report;
    EXPECT_THROW((void)killed.run(go_on_, report), std::runtime_error);
    archive_.after_events_ = nullptr;
  }
  Follower next = open(archive_);
  EXPECT_FALSE(run(next).complete);  // the claim of the dead still counts
  EXPECT_EQ(archive_.calls_, 1);
  clock_.advance(11'000);
  EXPECT_TRUE(run(next).complete);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ana a", "ana b", "ana c"));
}

TEST_F(FollowerTest, AnErasureWhileItIsAwayIsToldLater) {
  add({event("ana", "a"), event("ben", "b")});
  Follower follower = open(archive_);
  run(follower);
  archive_.away_ = true;
  erase("ana");
  add({event("ana", "new", 5)});
  EXPECT_EQ(problem_of(follower), "fake: gone");
  archive_.away_ = false;
  Follower after_restart = open(archive_);
  EXPECT_EQ(run(after_restart).erased, 1);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ben b", "ana new"));
}

TEST_F(FollowerTest, AnErasureWhileEventsAreOnTheirWayComesAfterThem) {
  add({event("ana", "a")});
  Follower follower = open(archive_);
  bool erased = false;
  archive_.after_events_ = [&] {
    if (!std::exchange(erased, true)) erase("ana");
  };
  run(follower);
  EXPECT_THAT(archive_.told(), IsEmpty());
}

// It read before the erasure, slept, and told after another one had erased.
TEST_F(FollowerTest, WhoSleptThroughAnErasureDoesNotBringAnybodyBack) {
  add({event("ana", "a"), event("ben", "b")});
  Follower sleeper = open(archive_, 10);
  Follower other = open(archive_, 10);
  bool slept = false;
  archive_.after_events_ = [&] {
    if (std::exchange(slept, true)) return;
    const auto late = archive_.events_;
    clock_.advance(11'000);
    erase("ana");
    EXPECT_TRUE(run(other).complete);
    EXPECT_THAT(archive_.told(), UnorderedElementsAre("ben b"));
    archive_.events_ = late;  // only now the sleeper's words arrive
  };
  EXPECT_FALSE(run(sleeper).complete);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ana a", "ben b"));
  EXPECT_TRUE(run(other).complete);
  EXPECT_THAT(archive_.told(), UnorderedElementsAre("ben b"));
}

TEST_F(FollowerTest, TwoAtOnceLoseNothing) {
  constexpr int kEvents = 60;
  const store::DatabasePlace place;
  const auto database = place.open().value();
  auto catalog = catalog::Catalog::open(*database).value();
  ASSERT_TRUE(Analyses::open(*database).ok());
  std::atomic<bool> written = false;
  FakeArchive archives[2];
  const auto follow = [&](FakeArchive& archive) {
    const base::SystemClock clock;
    const auto own = place.open().value();
    Follower follower = Follower::open(*own, archive, clock, {.batch_size = 3}).value();
    for (bool last = false; !last;) {
      last = written;
      Follower::Report report;
      const base::Status status = follower.run(go_on_, report);
      EXPECT_TRUE(status.ok()) << status.error().message;
      last = last && report.complete;
    }
  };
  std::thread one([&] { follow(archives[0]); });
  std::thread other([&] { follow(archives[1]); });
  for (int i = 0; i < kEvents; ++i) {
    EXPECT_TRUE(catalog.add_events(std::vector{event("ana", fmt::format("i{}", i), i)}, "test").ok());
  }
  written = true;
  one.join();
  other.join();
  std::map<std::string, std::string> all = archives[0].events_;
  all.merge(archives[1].events_);
  EXPECT_EQ(all.size(), std::size_t{kEvents});
}

TEST_F(FollowerTest, StopsBetweenBatches) {
  add({event("ana", "a", 1), event("ana", "b", 2), event("ana", "c", 3)});
  Follower follower = open(archive_, 1);
  archive_.after_events_ = [this] { go_on_.cancel(); };
  EXPECT_FALSE(run(follower).complete);
  EXPECT_EQ(archive_.events_.size(), 1U);
}

// What the old one acknowledges after that says nothing about the new one.
TEST_F(FollowerTest, AnotherArchiveIsToldWhatIsOnItsWayToTheOldOne) {
  add({event("ana", "a", 1), event("ana", "b", 2), event("ben", "c", 3)});
  Follower follower = open(archive_);
  FakeArchive newer;
  newer.name_ = "newer";
  std::optional<Follower> of_newer;
  archive_.after_events_ = [&] {
    if (!of_newer) of_newer = open(newer);
  };
  EXPECT_FALSE(run(follower).complete);
  EXPECT_TRUE(run(*of_newer).complete);
  EXPECT_THAT(newer.told(), UnorderedElementsAre("ana a", "ana b", "ben c"));
}

TEST_F(FollowerTest, GivesWayToAnotherArchive) {
  Follower follower = open(archive_);
  FakeArchive newer;
  newer.name_ = "newer";
  add({event("ana", "a")});
  Follower of_newer = open(newer);
  EXPECT_THAT(problem_of(follower), testing::HasSubstr("newer does"));
  run(of_newer);
  EXPECT_THAT(newer.told(), UnorderedElementsAre("ana a"));
  EXPECT_THAT(archive_.told(), IsEmpty());
  ASSERT_TRUE(catalog::ArchiveQueue(*database_).stop().value());
  EXPECT_THAT(problem_of(of_newer), testing::HasSubstr("none does"));
}

}  // namespace
}  // namespace mla::pipelines
