#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "operations/jobs/job_queue.h"
#include "operations/jobs/schedules.h"

namespace mla::jobs {

// What the process of a job may take; beyond it ends, and the job with it.
struct JobLimits {
  double seconds = 86'400;        // wall clock
  double cpu_seconds = 0;         // processor time of all its threads; 0: no limit
  std::int64_t memory_bytes = 0;  // that it writes to (RLIMIT_DATA); 0: no limit. Not in sanitized builds
  double grace_seconds = 10;      // from SIGTERM to SIGKILL
};

struct RunnerOptions {
  // Program and words; `--job ID --owner NAME --attempt N` is added. It speaks as report.h says.
  std::vector<std::string> command;
  int at_once = 1;
  JobLimits limits;
};

class JobChild;

// Takes jobs from the queue and has a process do each; it watches them, tells the database how they are and renews its
// leases. It also queues what schedules ask for, and removes old jobs. Whatever a process does ends its job alone. When
// it is stopped it stops what it runs and gives it back without counting the attempt; killed, its processes die with
// it, and the leases run out. Used by one thread: the kernel ends the processes with the thread that started them.
class Runner {
 public:
  // `queue` and `schedules` must outlive the runner.
  Runner(JobQueue& queue, Schedules& schedules, RunnerOptions options);
  ~Runner();

  // Runs jobs until the flag is up.
  void run_until(const base::CancelFlag& flag);
  // Runs jobs until none is queued or running here, or the flag is up.
  void run_all(const base::CancelFlag& flag);

 private:
  struct Running;
  void run(const base::CancelFlag& flag, bool until_empty);
  void keep_house();  // schedules and old jobs
  bool take();        // false if there was nothing
  void wait_for_news(double seconds) const;
  void look();
  void renew(Running& running);
  void settle(Running& running, const Outcome& outcome);
  void warn(const std::string& what, const std::string& reason);

  JobQueue& queue_;
  Schedules& schedules_;
  const RunnerOptions options_;
  const std::string owner_;
  std::vector<std::unique_ptr<Running>> running_;
  double next_due_ = 0;      // when to look at the schedules again
  double next_removal_ = 0;  // and at old jobs
  std::string warned_;       // the last warning: the same is not logged again and again
};

}  // namespace mla::jobs
