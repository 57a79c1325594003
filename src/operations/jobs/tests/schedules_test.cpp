#include "operations/jobs/schedules.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::jobs {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::UnixMillis kHour = 3'600'000;

class SchedulesTest : public testing::Test {
 protected:
  Schedules schedules() { return Schedules::open(*database_, clock_).value(); }
  JobQueue queue() { return JobQueue::open(*database_, clock_, {}).value(); }
  static NewJob training(const std::string& model = "a") { return {"train", model, "{}", ""}; }
  void at(std::string_view time) { clock_.set(base::parse_time(time).value()); }
  std::vector<Job> due() { return schedules().queue_due().value().queued; }
  // So that the next occurrence is not passed over.
  void finish_all() {
    JobQueue jobs = queue();
    for (;;) {
      const auto job = jobs.take("r").value();
      if (!job) return;
      const Claim claim{job->id, job->owner, job->attempt};
      ASSERT_TRUE(jobs.finish(claim, {JobState::kSucceeded, "{}", ""}, {}, JobLog()).ok());
    }
  }
  std::string add_nightly(const NewJob& job = training()) {
    return schedules().add("0 2 * * *", "UTC", job).value().id;
  }

  base::ManualClock clock_{base::parse_time("2026-11-29T12:00Z").value()};
  std::unique_ptr<store::Database> database_ = store::fresh_database();
};

TEST_F(SchedulesTest, AScheduleIsListedWithItsNextOccurrenceAndRemoved) {
  const Schedule added = schedules().add("0 2 * * *", "Europe/Berlin", {"train", "a", R"({"x":1})", ""}).value();
  EXPECT_EQ(added.id.size(), 16u);
  EXPECT_EQ(base::format_time(*added.next), "2026-11-30T01:00:00.000Z");
  const std::string second = add_nightly(training("b"));
  const auto all = schedules().list().value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].id, added.id);
  EXPECT_EQ(all[0].expression, "0 2 * * *");
  EXPECT_EQ(all[0].zone, "Europe/Berlin");
  EXPECT_EQ(all[0].job.kind, "train");
  EXPECT_EQ(all[0].job.model, "a");
  EXPECT_EQ(all[0].job.request, R"({"x":1})");
  EXPECT_EQ(all[0].created, clock_.now());
  EXPECT_EQ(all[0].last, 0);
  EXPECT_EQ(all[0].next, added.next);
  ASSERT_TRUE(schedules().remove(added.id).ok());
  ASSERT_THAT(schedules().list().value(), SizeIs(1));
  EXPECT_EQ(schedules().list()->front().id, second);
  const base::Status again = schedules().remove(added.id);
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(again.error().message, HasSubstr("jobs schedule list"));
}

TEST_F(SchedulesTest, AnOccurrenceQueuesItsJobOnceUnderAnOriginOfItsOwn) {
  const std::string id = schedules().add("0 2 * * *", "UTC", {"train", "a", R"({"x":1})", ""}).value().id;
  EXPECT_THAT(due(), IsEmpty()) << "it begins with the first after it was made";
  at("2026-11-30T01:59:59.999Z");
  EXPECT_THAT(due(), IsEmpty());
  at("2026-11-30T02:00Z");
  const std::vector<Job> queued = due();
  ASSERT_THAT(queued, SizeIs(1));
  EXPECT_EQ(queued[0].kind, "train");
  EXPECT_EQ(queued[0].model, "a");
  EXPECT_EQ(queued[0].request, R"({"x":1})");
  EXPECT_EQ(queued[0].origin, "schedule " + id + " 2026-11-30T02:00:00.000Z");
  EXPECT_EQ(queued[0].state, JobState::kQueued);
  EXPECT_THAT(due(), IsEmpty());
  finish_all();
  at("2026-11-30T23:00Z");
  EXPECT_THAT(due(), IsEmpty());
  at("2026-12-01T02:00:05Z");
  EXPECT_THAT(due(), SizeIs(1));
  EXPECT_EQ(base::format_time(schedules().list()->front().last), "2026-12-01T02:00:00.000Z");
}

TEST_F(SchedulesTest, WhatWasMissedRunsOnceNotManyTimes) {
  add_nightly();
  at("2026-12-09T15:00Z");
  const std::vector<Job> queued = due();
  ASSERT_THAT(queued, SizeIs(1));
  EXPECT_THAT(queued[0].origin, HasSubstr("2026-11-30T02:00")) << "the first that was missed";
  finish_all();
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(base::format_time(*schedules().list()->front().next), "2026-12-10T02:00:00.000Z");
  at("2026-12-10T02:00Z");
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(SchedulesTest, AnOccurrenceIsPassedOverWhileTheJobOfAnEarlierOneWaits) {
  add_nightly();
  at("2026-11-30T02:00Z");
  ASSERT_THAT(due(), SizeIs(1));
  at("2026-12-01T02:00Z");
  EXPECT_THAT(due(), IsEmpty());
  finish_all();
  EXPECT_THAT(due(), IsEmpty()) << "it is not made up for: the job that waited has seen all that there is";
  at("2026-12-02T02:00Z");
  ASSERT_THAT(due(), SizeIs(1));
  ASSERT_TRUE(queue().take("r").value().has_value());
  at("2026-12-03T02:00Z");
  EXPECT_THAT(due(), SizeIs(1)) << "one that runs began before";
}

TEST_F(SchedulesTest, AClockThatGoesBackHasNoOccurrenceHappenAgain) {
  ASSERT_TRUE(schedules().add("*/10 * * * *", "UTC", training()).ok());
  at("2026-11-29T12:10Z");
  ASSERT_THAT(due(), SizeIs(1));
  finish_all();
  at("2026-11-29T11:30Z");
  EXPECT_THAT(due(), IsEmpty());
  for (const char* again : {"2026-11-29T11:40Z", "2026-11-29T12:00Z", "2026-11-29T12:10Z", "2026-11-29T12:19Z"}) {
    at(again);
    EXPECT_THAT(due(), IsEmpty()) << again;
  }
  at("2026-11-29T12:20Z");
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(SchedulesTest, AClockThatWasFarAheadDoesNotStopASchedule) {
  add_nightly();
  at("2056-01-01T00:00Z");
  ASSERT_THAT(due(), SizeIs(1));
  finish_all();
  at("2026-11-29T12:01Z");
  EXPECT_THAT(due(), IsEmpty());
  at("2026-11-30T02:00Z");
  EXPECT_THAT(due(), IsEmpty()) << "this one ran early";
  at("2026-12-01T02:00Z");
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(SchedulesTest, AClockThatGoesBackALittleRunsNothingThatWasMadeUpFor) {
  add_nightly();
  at("2026-12-09T02:00:00.500Z");
  ASSERT_THAT(due(), SizeIs(1)) << "for ten nights";
  finish_all();
  at("2026-12-09T01:59:59Z");
  EXPECT_THAT(due(), IsEmpty());
  at("2026-12-09T02:00:01Z");
  EXPECT_THAT(due(), IsEmpty());
}

TEST_F(SchedulesTest, AClockThatIsFarBehindForAWhileRunsNothingTwice) {
  add_nightly();
  at("2026-11-30T02:00Z");
  ASSERT_THAT(due(), SizeIs(1));
  finish_all();
  clock_.set(1000);  // 1970, until the network tells the time
  EXPECT_THAT(due(), IsEmpty());
  at("2026-11-30T02:05Z");
  EXPECT_THAT(due(), IsEmpty());
  at("2026-12-01T02:00Z");
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(SchedulesTest, AClockSetBackRightAfterAddingMeansNothing) {
  add_nightly();
  clock_.advance(-48 * kHour);
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_EQ(base::format_time(*schedules().list()->front().next), "2026-11-28T02:00:00.000Z");
}

TEST_F(SchedulesTest, TheNightWhenClocksJumpAndTheOneWhenTheyGoBackHaveOneJobEach) {
  at("2026-03-28T12:00Z");
  ASSERT_TRUE(schedules().add("30 2 * * *", "Europe/Berlin", training()).ok());
  const auto jobs_between = [&](std::string_view from, std::string_view to) {
    std::vector<std::string> found;
    for (at(from); clock_.now() < base::parse_time(to).value(); clock_.advance(60'000)) {
      for (const Job& job : due()) found.push_back(base::format_time(job.created).substr(0, 16));
      finish_all();
    }
    return found;
  };
  EXPECT_THAT(jobs_between("2026-03-28T22:00Z", "2026-03-29T06:00Z"), ElementsAre("2026-03-29T01:00"));
  at("2026-10-24T12:00Z");
  due();
  finish_all();
  EXPECT_THAT(jobs_between("2026-10-24T22:00Z", "2026-10-25T06:00Z"), ElementsAre("2026-10-25T00:30"));
}

TEST_F(SchedulesTest, TheSameIsNotAddedTwice) {
  const std::string id = add_nightly();
  const auto again = schedules().add("0 2 * * *", "UTC", training());
  EXPECT_EQ(again.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(again.error().message, HasSubstr(id));
  EXPECT_TRUE(schedules().add("0 3 * * *", "UTC", training()).ok());
  EXPECT_TRUE(schedules().add("0 2 * * *", "Europe/Berlin", training()).ok());
  EXPECT_TRUE(schedules().add("0 2 * * *", "UTC", training("b")).ok());
}

TEST_F(SchedulesTest, WrongTimesAreRefusedAndNothingIsAdded) {
  EXPECT_EQ(schedules().add("0 2 * *", "UTC", training()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(schedules().add("0 2 * * *", "Mars/Base", training()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(schedules().list().value(), IsEmpty());
}

TEST_F(SchedulesTest, AJobThatAScheduleHasQueuedStaysWhenItIsRemoved) {
  const std::string id = add_nightly();
  at("2026-11-30T02:00Z");
  ASSERT_THAT(due(), SizeIs(1));
  ASSERT_TRUE(schedules().remove(id).ok());
  EXPECT_EQ(queue().waiting().value(), 1);
  at("2026-12-01T02:00Z");
  EXPECT_THAT(due(), IsEmpty());
}

TEST_F(SchedulesTest, AZoneThatIsNotKnownHereStopsThatScheduleAlone) {
  const std::string id = add_nightly();
  add_nightly(training("b"));
  {
    const store::Lease connection = database_->acquire().value();
    ASSERT_TRUE(connection->execute("UPDATE schedules SET zone = 'Mars/Base' WHERE model = 'a'").ok());
  }
  at("2026-11-30T02:00Z");
  const Schedules::Due found = schedules().queue_due().value();
  ASSERT_THAT(found.queued, SizeIs(1));
  EXPECT_EQ(found.queued[0].model, "b");
  EXPECT_THAT(found.problem, HasSubstr("schedule " + id));
  EXPECT_THAT(found.problem, HasSubstr("'Mars/Base'"));
  EXPECT_FALSE(schedules().list()->front().next.has_value());
}

TEST_F(SchedulesTest, ReplicasThatLookAtOnceQueueAnOccurrenceOnce) {
  const store::DatabasePlace place;
  constexpr int kReplicas = 4;
  constexpr int kNights = 10;
  std::vector<std::unique_ptr<store::Database>> databases;  // as processes have their own
  for (int i = 0; i < kReplicas; ++i) databases.push_back(place.open().value());
  ASSERT_TRUE(Schedules::open(*databases[0], clock_)->add("0 2 * * *", "UTC", training()).ok());
  for (int night = 0; night < kNights; ++night) {
    clock_.advance(24 * kHour);
    std::atomic<std::size_t> queued{0};
    std::vector<std::thread> replicas;
    for (const auto& database : databases) {
      replicas.emplace_back([&] { queued += Schedules::open(*database, clock_)->queue_due().value().queued.size(); });
    }
    for (std::thread& replica : replicas) replica.join();
    EXPECT_EQ(queued, 1u) << "night " << night;
    JobQueue jobs = JobQueue::open(*databases[0], clock_, {}).value();
    ASSERT_TRUE(jobs.cancel(jobs.list(1)->front().id).ok());
  }
}

}  // namespace
}  // namespace mla::jobs
