// Runners with real processes: shell scripts in the place of our own program.
#include "operations/jobs/runner.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "foundation/base/child_process.h"
#include "foundation/base/log.h"
#include "foundation/store/tests/fresh_database.h"

namespace mla::jobs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kSucceed = R"(printf '{"result":{"model":"m/1"}}\n' >&3)";

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    base::log::set_level(base::log::Level::kOff);
    folder_ = fs::path(testing::TempDir()) / ("mla-runner-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  JobQueue queue(double lease = 30) {
    return JobQueue::open(*database_, clock_, {.lease_seconds = lease, .attempts = 3}).value();
  }
  Schedules schedules() { return Schedules::open(*database_, clock_).value(); }
  void run_all(JobQueue& jobs, RunnerOptions options) {
    Schedules own = schedules();
    Runner(jobs, own, std::move(options)).run_all(base::CancelFlag());
  }
  // $1 … $6 of the script: --job ID --owner NAME --attempt N.
  RunnerOptions doing(const std::string& script, JobLimits limits = {}) const {
    return {.command = {"/bin/sh", "-c", "cd " + folder_.string() + "; " + script, "job"}, .limits = limits};
  }
  Job submit(JobQueue& jobs, const std::string& model = "m") { return jobs.submit({"train", model, "{}", ""}).value(); }
  Job run_one(const std::string& script, JobLimits limits = {}) {
    JobQueue jobs = queue();
    const Job job = submit(jobs);
    run_all(jobs, doing(script, limits));
    return jobs.find(job.id).value();
  }
  // A run in a thread of its own, until `stop`.
  class InBackground {
   public:
    InBackground(RunnerTest& test, JobQueue& jobs, RunnerOptions options)
        : schedules_(test.schedules()),
          thread_([this, &jobs, options] { Runner(jobs, schedules_, options).run_until(flag_); }) {}
    ~InBackground() { stop(); }
    void stop() {
      flag_.cancel();
      if (thread_.joinable()) thread_.join();
    }

   private:
    base::CancelFlag flag_;
    Schedules schedules_;
    std::thread thread_;
  };
  // Until the job says so.
  static void await(const JobQueue& jobs, const std::string& id, const std::string& line) {
    const double end = base::monotonic_seconds() + 60;
    while (base::monotonic_seconds() < end) {
      const Job job = jobs.find(id).value();
      if (std::find(job.log.begin(), job.log.end(), line) != job.log.end()) return;
      std::this_thread::yield();
    }
    FAIL() << "the job never said: " << line;
  }

  fs::path folder_;
  base::SystemClock clock_;
  store::DatabasePlace place_;
  std::unique_ptr<store::Database> database_ = place_.open().value();
};

TEST_F(RunnerTest, ProgressLinesAndTheResultAreKept) {
  const Job job =
      run_one(std::string(R"(printf '{"step":"fit","total":8}\n{"done":5}\n{"note":"half"}\n' >&3; )") + kSucceed);
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.result, R"({"model":"m/1"})");
  EXPECT_EQ(job.progress, (JobProgress{"fit", 5, 8}));
  EXPECT_THAT(job.log, ElementsAre("half"));
  EXPECT_EQ(job.attempt, 1);
}

TEST_F(RunnerTest, TheProcessIsToldWhichJobItIs) {
  const Job job = run_one(R"(printf '{"note":"%s"}\n' "$*" >&3; )" + std::string(kSucceed));
  ASSERT_EQ(job.log.size(), 1u);
  EXPECT_THAT(job.log[0], testing::StartsWith("--job " + job.id + " --owner "));
  EXPECT_THAT(job.log[0], testing::EndsWith(" --attempt 1"));
}

TEST_F(RunnerTest, AProcessThatDoesNotEndAfterItsLastWordIsEnded) {
  const Job job = run_one(std::string(kSucceed) + "; trap '' TERM; exec sleep 1000", {.grace_seconds = 0.1});
  EXPECT_EQ(job.state, JobState::kSucceeded);
}

TEST_F(RunnerTest, WhatIsStoppedFromOutsideBeginsAgain) {
  const Job job =
      run_one(R"(mkdir first && printf '{"error":{"code":"cancelled","message":"cancelled"}}\n' >&3 && exit 1; )" +
              std::string(kSucceed));
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_THAT(job.log, ElementsAre("stopped from outside"));
}

TEST_F(RunnerTest, AnErrorThatTheWorkTellsIsTheJobs) {
  const Job job = run_one(R"(printf '{"error":{"code":"not_found","message":"no data"}}\n' >&3; exit 1)");
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error, "no data");
}

TEST_F(RunnerTest, ACrashIsOneLineAndTheNextJobRuns) {
  JobQueue jobs = queue();
  const Job crashes = submit(jobs);
  const Job next = submit(jobs);
  const std::string script = "if [ ! -e crashed ]; then touch crashed; kill -SEGV $$; fi; " + std::string(kSucceed);
  run_all(jobs, doing(script));
  EXPECT_EQ(jobs.find(crashes.id)->state, JobState::kFailed);
  EXPECT_THAT(jobs.find(crashes.id)->error, HasSubstr("signal 11"));
  EXPECT_EQ(jobs.find(crashes.id)->attempt, 1) << "what crashes is not repeated";
  EXPECT_EQ(jobs.find(next.id)->state, JobState::kSucceeded);
}

TEST_F(RunnerTest, AProcessThatIsKilledOrSaysNothingIsNamed) {
  EXPECT_THAT(run_one("kill -KILL $$").error, HasSubstr("killed (signal 9)"));
  EXPECT_THAT(run_one("exit 3").error, HasSubstr("code 3"));
  EXPECT_THAT(run_one("exit 0").error, HasSubstr("code 0"));
}

TEST_F(RunnerTest, NonsenseIsKeptAsALineAndIsNoResult) {
  const Job job = run_one("echo hello >&3");
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_THAT(job.log, ElementsAre(HasSubstr("hello")));
}

TEST_F(RunnerTest, ALineWithoutAnEndIsStopped) {
  const Job job = run_one("exec cat /dev/zero >&3");
  EXPECT_EQ(job.state, JobState::kFailed);
}

TEST_F(RunnerTest, WallClockProcessorTimeAndMemoryAreLimited) {
  EXPECT_THAT(run_one("exec sleep 1000", {.seconds = 0.3}).error, HasSubstr("jobs.seconds"));
  EXPECT_THAT(run_one("while :; do :; done", {.cpu_seconds = 1}).error, HasSubstr("jobs.cpu_seconds"));
  if (base::sanitized_build()) GTEST_SKIP() << "skipped: a sanitizer build has no memory limit";
  // A shell variable of 256 MB.
  const std::string grow = "x=0123456789abcdef; i=0; while [ $i -lt 24 ]; do x=$x$x; i=$((i + 1)); done; ";
  const Job job = run_one(grow + kSucceed, {.memory_bytes = 64 << 20});
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.result, "");
  EXPECT_EQ(run_one(grow + kSucceed, {.memory_bytes = 2048LL << 20}).state, JobState::kSucceeded);
}

TEST_F(RunnerTest, MemoryThatTheWorkMissesNamesTheSetting) {
  const Job job =
      run_one(R"(printf '{"error":{"code":"too_large","message":"out of memory"}}\n' >&3)", {.memory_bytes = 64 << 20});
  EXPECT_THAT(job.error, HasSubstr("jobs.memory_mb"));
  EXPECT_THAT(job.error, HasSubstr("64 MB"));
}

TEST_F(RunnerTest, CancelAsksAndThenStops) {
  JobQueue jobs = queue();
  const Job polite = submit(jobs, "polite");
  const Job deaf = submit(jobs, "deaf");
  RunnerOptions options =
      doing(R"(trap 'test -e deaf || exit 1' TERM; printf '{"note":"ready"}\n' >&3; while :; do sleep 0.01; done)",
            {.grace_seconds = 0.2});
  options.at_once = 2;
  InBackground runner(*this, jobs, options);
  await(jobs, polite.id, "ready");
  await(jobs, deaf.id, "ready");
  ASSERT_TRUE(jobs.cancel(polite.id).ok());
  EXPECT_EQ(jobs.wait(polite.id, 60, base::CancelFlag())->state, JobState::kCancelled);
  std::ofstream(folder_ / "deaf");
  ASSERT_TRUE(jobs.cancel(deaf.id).ok());
  const Job ended = jobs.wait(deaf.id, 60, base::CancelFlag()).value();
  EXPECT_EQ(ended.state, JobState::kCancelled);
  EXPECT_EQ(ended.error, "cancelled");
}

TEST_F(RunnerTest, WhatWasPublishedBeforeACancelCameIsASuccess) {
  JobQueue jobs = queue();
  const Job job = submit(jobs);
  InBackground runner(*this, jobs,
                      doing(R"(trap 'printf "{\"result\":{\"model\":\"m/1\"}}\n" >&3; exit 0' TERM; )"
                            R"(printf '{"note":"ready"}\n' >&3; while :; do sleep 0.01; done)"));
  await(jobs, job.id, "ready");
  ASSERT_TRUE(jobs.cancel(job.id).ok());
  EXPECT_EQ(jobs.wait(job.id, 60, base::CancelFlag())->state, JobState::kSucceeded);
}

TEST_F(RunnerTest, ARunnerThatIsStoppedGivesItsJobBack) {
  JobQueue jobs = queue();
  const Job job = submit(jobs);
  {
    InBackground runner(*this, jobs, doing(R"(printf '{"note":"ready"}\n' >&3; exec sleep 1000)"));
    await(jobs, job.id, "ready");
  }
  const Job back = jobs.find(job.id).value();
  EXPECT_EQ(back.state, JobState::kQueued);
  EXPECT_EQ(back.attempt, 0);
  run_all(jobs, doing(kSucceed));
  EXPECT_EQ(jobs.find(job.id)->state, JobState::kSucceeded);
  EXPECT_EQ(jobs.find(job.id)->attempt, 1);
}

TEST_F(RunnerTest, AKilledRunnerLosesNothingAndTheJobRunsAgain) {
  JobQueue jobs = queue(1);
  const Job job = submit(jobs);
  // The runner is a process of its own, as a server is.
  const pid_t runner = ::fork();
  ASSERT_GE(runner, 0);
  if (runner == 0) {
    const auto own = place_.open().value();
    JobQueue theirs = JobQueue::open(*own, clock_, {.lease_seconds = 1, .attempts = 3}).value();
    Schedules its = Schedules::open(*own, clock_).value();
    Runner(theirs, its, doing(R"(echo $$ >worker; printf '{"note":"ready"}\n' >&3; exec sleep 1000)"))
        .run_until(base::CancelFlag());
    ::_exit(0);
  }
  await(jobs, job.id, "ready");
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  EXPECT_EQ(jobs.find(job.id)->state, JobState::kRunning) << "nobody knows yet";
  pid_t worker = 0;
  std::ifstream(folder_ / "worker") >> worker;
  ::kill(worker, SIGKILL);  // a shell does not die with its parent; our own program does (e2e)
  InBackground second(*this, jobs, doing(kSucceed));
  const Job ended = jobs.wait(job.id, 60, base::CancelFlag()).value();
  EXPECT_EQ(ended.state, JobState::kSucceeded);
  EXPECT_EQ(ended.attempt, 2);
  EXPECT_THAT(ended.log, Contains(HasSubstr("is gone")));
}

TEST_F(RunnerTest, ARunnerWhoseJobWasTakenAwayStopsItsProcess) {
  JobQueue jobs = queue(1);
  const Job job = submit(jobs);
  InBackground runner(*this, jobs, doing(R"(echo $$ >worker; printf '{"note":"ready"}\n' >&3; exec sleep 1000)"));
  await(jobs, job.id, "ready");
  ASSERT_TRUE(database_->acquire().value()->execute("UPDATE jobs SET owner = 'another', attempt = 2").ok());
  pid_t worker = 0;
  std::ifstream(folder_ / "worker") >> worker;
  ASSERT_GT(worker, 0);
  const double end = base::monotonic_seconds() + 60;
  while (::kill(worker, 0) == 0 && base::monotonic_seconds() < end) std::this_thread::yield();
  EXPECT_NE(::kill(worker, 0), 0);
  runner.stop();
  EXPECT_EQ(jobs.find(job.id)->owner, "another");
}

TEST_F(RunnerTest, JobsOfOneModelRunOneAfterTheOther) {
  JobQueue jobs = queue();
  for (int i = 0; i < 3; ++i) submit(jobs);
  // A job that finds another at work says so.
  RunnerOptions options =
      doing(R"(mkdir busy || printf '{"note":"two at once"}\n' >&3; sleep 0.05; rmdir busy; )" + std::string(kSucceed));
  options.at_once = 3;
  run_all(jobs, options);
  const std::vector<Job> all = jobs.list(10).value();
  for (const Job& job : all) {
    EXPECT_EQ(job.state, JobState::kSucceeded);
    EXPECT_THAT(job.log, testing::IsEmpty());
  }
}

TEST_F(RunnerTest, WhatAScheduleAsksForIsQueuedAndDone) {
  base::ManualClock clock(1'700'000'000'000);
  JobQueue jobs = JobQueue::open(*database_, clock, {}).value();
  Schedules schedules = Schedules::open(*database_, clock).value();
  ASSERT_TRUE(schedules.add("0 2 * * *", "UTC", {"train", "m", "{}", ""}).ok());
  clock.advance(3 * base::kMillisPerDay);
  Runner(jobs, schedules, doing(kSucceed)).run_all(base::CancelFlag());
  const std::vector<Job> all = jobs.list(10).value();
  ASSERT_EQ(all.size(), 1u) << "three nights were missed";
  EXPECT_EQ(all[0].state, JobState::kSucceeded);
  EXPECT_THAT(all[0].origin, testing::StartsWith("schedule "));
}

TEST_F(RunnerTest, OldJobsAreForgotten) {
  base::ManualClock clock(1'700'000'000'000);
  JobQueue jobs = JobQueue::open(*database_, clock, {.keep_days = 1}).value();
  Schedules schedules = Schedules::open(*database_, clock).value();
  submit(jobs);
  Runner(jobs, schedules, doing(kSucceed)).run_all(base::CancelFlag());
  ASSERT_EQ(jobs.list(10)->size(), 1u);
  clock.advance(base::kMillisPerDay + 1);
  Runner(jobs, schedules, doing(kSucceed)).run_all(base::CancelFlag());
  EXPECT_TRUE(jobs.list(10)->empty());
}

TEST_F(RunnerTest, AProgramThatIsMissingFailsTheJob) {
  JobQueue jobs = queue();
  const Job job = submit(jobs);
  run_all(jobs, {.command = {"/no/such/program"}, .limits = {}});
  EXPECT_EQ(jobs.find(job.id)->state, JobState::kFailed);
  EXPECT_THAT(jobs.find(job.id)->error, HasSubstr("/no/such/program"));
}

}  // namespace
}  // namespace mla::jobs
