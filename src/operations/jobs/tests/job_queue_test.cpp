#include "operations/jobs/job_queue.h"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"
#include "foundation/store/migrations.h"
#include "foundation/store/tests/fresh_database.h"

namespace mla::jobs {
namespace {

using base::ErrorCode;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr double kLease = 30;  // seconds
constexpr base::UnixMillis kLeaseMillis = 30'000;

class JobQueueTest : public testing::Test {
 protected:
  JobQueue queue() { return JobQueue::open(*database_, clock_, {.lease_seconds = kLease, .attempts = 3}).value(); }
  static NewJob training(const std::string& model, const std::string& origin = "") {
    return {"train", model, "{}", origin};
  }
  static Claim claim_of(const Job& job) { return {job.id, job.owner, job.attempt}; }

  base::ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<store::Database> database_ = store::fresh_database();
};

TEST_F(JobQueueTest, AJobIsTakenOldestFirstRunsAndEnds) {
  JobQueue jobs = queue();
  const Job first = jobs.submit(training("a")).value();
  EXPECT_EQ(first.id.size(), 16u);
  EXPECT_EQ(first.state, JobState::kQueued);
  EXPECT_EQ(first.created, clock_.now());
  const Job second = jobs.submit(training("b")).value();
  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(jobs.waiting().value(), 2);
  EXPECT_THAT(jobs.live("train").value(), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(jobs.live("analyze").value(), IsEmpty());

  clock_.advance(1000);
  const Job taken = jobs.take("r1").value().value();
  EXPECT_EQ(taken.id, first.id);
  EXPECT_EQ(taken.state, JobState::kRunning);
  EXPECT_EQ(taken.attempt, 1);
  EXPECT_EQ(taken.owner, "r1");
  EXPECT_EQ(taken.started, clock_.now());
  EXPECT_EQ(taken.lease_end, clock_.now() + kLeaseMillis);
  EXPECT_EQ(jobs.waiting().value(), 1);

  JobLog log;
  log.add("loss 0.5");
  EXPECT_FALSE(jobs.renew(claim_of(taken), {"fit", 3, 10}, log).value());
  const Job running = jobs.find(first.id).value();
  EXPECT_EQ(running.progress, (JobProgress{"fit", 3, 10}));
  EXPECT_THAT(running.log, ElementsAre("loss 0.5"));

  clock_.advance(1000);
  ASSERT_TRUE(
      jobs.finish(claim_of(taken), {JobState::kSucceeded, R"({"model":"a/1"})", ""}, {"fit", 10, 10}, log).ok());
  EXPECT_THAT(jobs.live("train").value(), ElementsAre("b"));
  const Job ended = jobs.find(first.id).value();
  EXPECT_EQ(ended.state, JobState::kSucceeded);
  EXPECT_EQ(ended.result, R"({"model":"a/1"})");
  EXPECT_EQ(ended.progress.done, 10);
  EXPECT_EQ(ended.ended, clock_.now());
  EXPECT_EQ(ended.owner, "");
  const auto all = jobs.list(10).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, second.id) << "the newest first";
  EXPECT_EQ(jobs.list(1)->size(), 1u);
}

TEST_F(JobQueueTest, OfOneModelOneJobRunsAtATimeWhoeverAsks) {
  JobQueue jobs = queue();
  JobQueue replica = queue();
  ASSERT_TRUE(jobs.submit(training("a")).ok());
  const Job second = jobs.submit(training("a")).value();
  const Job other = jobs.submit(training("b")).value();
  const Job running = jobs.take("r1").value().value();
  EXPECT_EQ(replica.take("r2").value()->id, other.id) << "the second job of a waits for the first";
  EXPECT_FALSE(replica.take("r2").value().has_value());
  ASSERT_TRUE(jobs.finish(claim_of(running), {JobState::kFailed, "", "no data"}, {}, {}).ok());
  EXPECT_EQ(replica.take("r2").value()->id, second.id);
}

TEST_F(JobQueueTest, TheDatabaseItselfRefusesASecondRunningJobOfAModel) {
  JobQueue jobs = queue();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(jobs.submit(training("a")).ok());
  const store::Lease connection = database_->acquire().value();
  EXPECT_FALSE(connection->execute("UPDATE jobs SET state = 'running'").ok());
}

TEST_F(JobQueueTest, ManyRunnersAtOnceShareTheJobsWithoutTakingOneTwice) {
  const store::DatabasePlace place;
  database_ = place.open().value();
  JobQueue jobs = queue();
  constexpr int kJobs = 40;
  for (int i = 0; i < kJobs; ++i) ASSERT_TRUE(jobs.submit(training("m" + std::to_string(i))).ok());
  std::vector<std::vector<std::string>> taken(4);
  std::vector<std::thread> runners;
  for (std::size_t r = 0; r < taken.size(); ++r) {
    runners.emplace_back([this, r, &taken] {
      JobQueue own = queue();
      for (;;) {
        const auto job = own.take("r" + std::to_string(r));
        ASSERT_TRUE(job.ok()) << job.error().message;
        if (!*job) return;
        taken[r].push_back((*job)->id);
      }
    });
  }
  for (std::thread& runner : runners) runner.join();
  std::vector<std::string> all;
  for (const auto& ids : taken) all.insert(all.end(), ids.begin(), ids.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  database_.reset();
}

TEST_F(JobQueueTest, ALeaseThatRanOutPutsTheJobBackAndTheFirstRunnerHasNoRightToIt) {
  JobQueue jobs = queue();
  ASSERT_TRUE(jobs.submit(training("a")).ok());
  const Job first = jobs.take("r1").value().value();
  clock_.advance(kLeaseMillis - 1);
  EXPECT_FALSE(jobs.take("r2").value().has_value()) << "the lease holds";
  EXPECT_FALSE(jobs.renew(claim_of(first), {}, {}).value());
  clock_.advance(kLeaseMillis - 1);
  EXPECT_FALSE(jobs.take("r2").value().has_value()) << "it was renewed";
  clock_.advance(1);
  const Job second = jobs.take("r2").value().value();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_THAT(second.log, Contains(HasSubstr("runner r1 is gone")));

  const Claim lost = claim_of(first);
  EXPECT_EQ(jobs.renew(lost, {"late", 1, 1}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(jobs.confirm(lost).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(jobs.finish(lost, {JobState::kSucceeded, "{}", ""}, {}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(jobs.release(lost, {}).error().code, ErrorCode::kNotFound);
  const Job now = jobs.find(first.id).value();
  EXPECT_EQ(now.state, JobState::kRunning);
  EXPECT_EQ(now.owner, "r2");
  EXPECT_EQ(now.progress, JobProgress());
  EXPECT_TRUE(jobs.confirm(claim_of(second)).ok());
}

TEST_F(JobQueueTest, ARunnerThatTakesItsOwnJobAgainHasOnlyTheNewClaim) {
  JobQueue jobs = queue();
  ASSERT_TRUE(jobs.submit(training("a")).ok());
  const Job first = jobs.take("r1").value().value();
  clock_.advance(kLeaseMillis);
  const Job second = jobs.take("r1").value().value();
  EXPECT_EQ(jobs.confirm(claim_of(first)).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(jobs.confirm(claim_of(second)).ok());
}

TEST_F(JobQueueTest, AJobWhoseRunnersDisappearIsGivenUpAfterItsAttempts) {
  JobQueue jobs = queue();
  const Job job = jobs.submit(training("a")).value();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(jobs.take("r").value()->attempt, attempt);
    clock_.advance(kLeaseMillis);
  }
  EXPECT_FALSE(jobs.take("r").value().has_value());
  const Job ended = jobs.find(job.id).value();
  EXPECT_EQ(ended.state, JobState::kFailed);
  EXPECT_THAT(ended.error, HasSubstr("3 attempts"));
  EXPECT_EQ(ended.log.size(), 3u);
}

TEST_F(JobQueueTest, AClockThatWasSetBackNeitherTakesALivingJobNorKeepsADeadOneForLong) {
  JobQueue jobs = queue();
  ASSERT_TRUE(jobs.submit(training("alive")).ok());
  ASSERT_TRUE(jobs.submit(training("dead")).ok());
  const Job alive = jobs.take("r1").value().value();
  const Job dead = jobs.take("r2").value().value();
  clock_.advance(-base::kMillisPerDay);
  EXPECT_FALSE(jobs.take("r3").value().has_value()) << "both leases end a day from now";
  EXPECT_EQ(jobs.find(dead.id)->lease_end, clock_.now() + kLeaseMillis);
  clock_.advance(kLeaseMillis / 2);
  EXPECT_FALSE(jobs.renew(claim_of(alive), {}, {}).value());
  clock_.advance(kLeaseMillis / 2);
  EXPECT_EQ(jobs.take("r3").value()->id, dead.id);
  EXPECT_EQ(jobs.find(alive.id)->owner, "r1");
}

TEST_F(JobQueueTest, AClockThatWasSetForwardCostsAnAttemptAndPublishesNothingTwice) {
  JobQueue jobs = queue();
  ASSERT_TRUE(jobs.submit(training("a")).ok());
  const Job first = jobs.take("r1").value().value();
  clock_.advance(base::kMillisPerDay);
  const Job second = jobs.take("r2").value().value();
  EXPECT_FALSE(jobs.confirm(claim_of(first)).ok());
  EXPECT_TRUE(jobs.confirm(claim_of(second)).ok());
}

TEST_F(JobQueueTest, CancellingAQueuedJobEndsItAndARunningOneIsAsked) {
  JobQueue jobs = queue();
  const Job queued = jobs.submit(training("a")).value();
  EXPECT_EQ(jobs.cancel(queued.id)->state, JobState::kCancelled);
  EXPECT_FALSE(jobs.take("r").value().has_value());

  const Job running = jobs.submit(training("a")).value();
  const Job taken = jobs.take("r").value().value();
  EXPECT_TRUE(jobs.confirm(claim_of(taken)).ok());
  EXPECT_TRUE(jobs.cancel(running.id)->cancel_requested);
  EXPECT_EQ(jobs.find(running.id)->state, JobState::kRunning);
  EXPECT_EQ(jobs.confirm(claim_of(taken)).error().code, ErrorCode::kCancelled) << "it publishes nothing any more";
  EXPECT_TRUE(jobs.renew(claim_of(taken), {}, {}).value());
  ASSERT_TRUE(jobs.finish(claim_of(taken), {JobState::kCancelled, "", "cancelled"}, {}, {}).ok());

  const auto again = jobs.cancel(running.id);
  EXPECT_EQ(again.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(again.error().message, HasSubstr("has ended already"));
}

TEST_F(JobQueueTest, ACancelledJobWhoseRunnerDisappearedIsNotBegunAgain) {
  JobQueue jobs = queue();
  const Job job = jobs.submit(training("a")).value();
  ASSERT_TRUE(jobs.take("r").value().has_value());
  ASSERT_TRUE(jobs.cancel(job.id).ok());
  clock_.advance(kLeaseMillis);
  EXPECT_FALSE(jobs.take("r").value().has_value());
  EXPECT_EQ(jobs.find(job.id)->state, JobState::kCancelled);
}

TEST_F(JobQueueTest, AReleasedJobHasLostNoAttempt) {
  JobQueue jobs = queue();
  ASSERT_TRUE(jobs.submit(training("a")).ok());
  const Job first = jobs.take("r").value().value();
  JobLog log;
  log.add("stopped");
  ASSERT_TRUE(jobs.release(claim_of(first), log).ok());
  EXPECT_EQ(jobs.find(first.id)->state, JobState::kQueued);
  const Job again = jobs.take("r").value().value();
  EXPECT_EQ(again.attempt, 1);
  EXPECT_THAT(again.log, ElementsAre("stopped"));
  ASSERT_TRUE(jobs.cancel(again.id).ok());
  ASSERT_TRUE(jobs.release(claim_of(again), log).ok());
  EXPECT_EQ(jobs.find(again.id)->state, JobState::kCancelled) << "it was to be cancelled";
}

TEST_F(JobQueueTest, AnOriginIsTakenOnce) {
  JobQueue jobs = queue();
  JobQueue replica = queue();
  const Job first = jobs.submit(training("a", "schedule 1")).value();
  EXPECT_EQ(replica.submit(training("a", "schedule 1"))->id, first.id);
  EXPECT_NE(replica.submit(training("a", "schedule 2"))->id, first.id);
  EXPECT_NE(jobs.submit(training("a"))->id, jobs.submit(training("a"))->id) << "people may ask twice";
  EXPECT_EQ(jobs.waiting().value(), 4);
}

TEST_F(JobQueueTest, UnknownJobsAreNamed) {
  JobQueue jobs = queue();
  for (const auto& found : {jobs.find("0123"), jobs.cancel("0123")}) {
    ASSERT_EQ(found.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(found.error().message, HasSubstr("'0123'"));
  }
  EXPECT_EQ(jobs.wait("0123", 1, base::CancelFlag()).error().code, ErrorCode::kNotFound);
}

TEST_F(JobQueueTest, WaitingEndsWithTheJobTheTimeOrTheFlag) {
  JobQueue jobs = queue();
  const Job job = jobs.submit(training("a")).value();
  base::CancelFlag flag;
  int looks = 0;
  EXPECT_EQ(jobs.wait(job.id, 0, flag, [&](const Job&) { ++looks; }).error().code, ErrorCode::kBusy);
  EXPECT_EQ(looks, 1);
  std::thread runner([&] {
    const Job taken = jobs.take("r").value().value();
    ASSERT_TRUE(jobs.finish(claim_of(taken), {JobState::kFailed, "", "no"}, {}, {}).ok());
  });
  EXPECT_EQ(jobs.wait(job.id, 60, flag)->state, JobState::kFailed);
  runner.join();
  const Job other = jobs.submit(training("a")).value();
  flag.cancel();
  EXPECT_EQ(jobs.wait(other.id, 60, flag).error().code, ErrorCode::kCancelled);
}

TEST_F(JobQueueTest, SurvivesTheProgramAndRefusesANewerTable) {
  {
    JobQueue jobs = queue();
    ASSERT_TRUE(jobs.submit(training("a")).ok());
  }
  EXPECT_EQ(queue().waiting().value(), 1);
  const store::Lease connection = database_->acquire().value();
  ASSERT_EQ(store::schema_version(*connection, "jobs").value(), 2);
  ASSERT_TRUE(
      connection->execute("INSERT INTO schema_migrations (component, number, name) VALUES ('jobs', 3, 'later')").ok());
  EXPECT_EQ(JobQueue::open(*database_, clock_, {}).error().code, ErrorCode::kUnsupported);
}

TEST_F(JobQueueTest, AFullDatabaseIsOneErrorAndLosesNothing) {
  const std::string folder = testing::TempDir() + "mla-jobs-full-" + std::to_string(::getpid());
  database_ = sqlite::open(folder + "/jobs.db", {.max_pages = 40}).value();
  JobQueue jobs = queue();
  const Job first = jobs.submit(training("a")).value();
  const Job taken = jobs.take("r").value().value();
  NewJob large = training("b");
  large.request = std::string(200'000, 'x');
  EXPECT_EQ(jobs.submit(large).error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(jobs.list(10)->size(), 1u);
  EXPECT_TRUE(jobs.finish(claim_of(taken), {JobState::kSucceeded, "{}", ""}, {}, {}).ok());
  EXPECT_EQ(jobs.find(first.id)->state, JobState::kSucceeded);
  database_.reset();
  std::filesystem::remove_all(folder);
}

TEST_F(JobQueueTest, EndedJobsAreRemovedWhenTheyAreOldAndOthersNever) {
  JobQueue jobs = JobQueue::open(*database_, clock_, {.keep_days = 2}).value();
  const Job old = jobs.submit(training("a")).value();
  ASSERT_TRUE(jobs.cancel(old.id).ok());
  const Job running = jobs.submit(training("b")).value();
  ASSERT_TRUE(jobs.take("r").value());
  const Job waiting = jobs.submit(training("c")).value();
  clock_.advance(base::kMillisPerDay);
  const Job young = jobs.submit(training("d")).value();
  ASSERT_TRUE(jobs.cancel(young.id).ok());
  clock_.advance(base::kMillisPerDay);
  EXPECT_EQ(jobs.remove_old().value(), 0) << "two days old, not older";
  clock_.advance(1);
  EXPECT_EQ(jobs.remove_old().value(), 1);
  EXPECT_EQ(jobs.find(old.id).error().code, ErrorCode::kNotFound);
  for (const Job& kept : {running, waiting, young}) EXPECT_TRUE(jobs.find(kept.id).ok());
  JobQueue for_ever = JobQueue::open(*database_, clock_, {.keep_days = 0}).value();
  clock_.advance(1000 * base::kMillisPerDay);
  EXPECT_EQ(for_ever.remove_old().value(), 0);
  EXPECT_TRUE(jobs.find(young.id).ok());
}

TEST_F(JobQueueTest, ADatabaseOfBeforeSchedulesKeepsItsJobs) {
  const Job job = queue().submit(training("a")).value();
  {
    const store::Lease connection = database_->acquire().value();
    ASSERT_TRUE(connection->execute("DROP TABLE schedules").ok());
    ASSERT_TRUE(connection->execute("DELETE FROM schema_migrations WHERE component = 'jobs' AND number = 2").ok());
  }
  EXPECT_TRUE(queue().find(job.id).ok());
  EXPECT_TRUE(database_->acquire().value()->execute("SELECT passed FROM schedules").ok());
}

TEST_F(JobQueueTest, ADamagedStateIsNamed) {
  JobQueue jobs = queue();
  const Job job = jobs.submit(training("a")).value();
  ASSERT_TRUE(database_->acquire().value()->execute("UPDATE jobs SET state = 'odd'").ok());
  const auto found = jobs.find(job.id);
  EXPECT_EQ(found.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(found.error().message, HasSubstr("'odd'"));
}

TEST(JobLog, KeepsTheLatestLinesShortAndWhole) {
  JobLog log;
  for (std::size_t i = 0; i < JobLog::kLines + 5; ++i) log.add("line " + std::to_string(i));
  EXPECT_EQ(log.lines().size(), JobLog::kLines);
  EXPECT_EQ(log.lines().front(), "line 5");
  log.add("two\nlines");
  EXPECT_EQ(log.lines().back(), "two lines");
  log.add(std::string(JobLog::kLineBytes - 1, 'a') + "ä");
  EXPECT_EQ(log.lines().back(), std::string(JobLog::kLineBytes - 1, 'a')) << "no half of a letter";
}

TEST(JobState, NamesReadBack) {
  for (const char* name : {"queued", "running", "succeeded", "failed", "cancelled"})
    EXPECT_EQ(to_string(parse_state(name).value()), name);
  EXPECT_FALSE(parse_state("done"));
  EXPECT_FALSE(has_ended(JobState::kQueued));
  EXPECT_FALSE(has_ended(JobState::kRunning));
  EXPECT_TRUE(has_ended(JobState::kCancelled));
}

}  // namespace
}  // namespace mla::jobs
