#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/child_process.h"
#include "foundation/base/result.h"
#include "operations/jobs/job.h"
#include "operations/jobs/report.h"
#include "operations/jobs/runner.h"

namespace mla::jobs {

// The process that works on one attempt of a job. Used by the thread that started it.
class JobChild {
 public:
  enum class Stop : std::uint8_t { kNone, kCancelled, kTimedOut, kRunnerStops, kClaimLost };

  // Starts `options.command` with the words that name the claim.
  static base::Result<std::unique_ptr<JobChild>> start(const Job& job, const RunnerOptions& options);

  // To poll for reading.
  int descriptor() const { return process_.channel(); }
  const Claim& claim() const { return claim_; }
  const JobProgress& progress() const { return progress_; }
  JobLog& log() { return log_; }

  // Asks it to end, once: SIGTERM, and SIGKILL when the grace is over. The first reason counts.
  void stop(Stop why);
  Stop stopped() const { return stop_; }

  // Takes in what it said and looks at the time. The outcome once it has ended; what it said last counts more than how
  // it ended, and a result more than a stop. Does not block.
  std::optional<Outcome> look();

 private:
  JobChild() = default;
  bool read();
  void take(std::string_view line);
  Outcome ended(int status);

  RunnerOptions options_;
  base::ChildProcess process_;
  Claim claim_;
  JobProgress progress_;
  JobLog log_;
  std::string unread_;
  std::optional<Told> last_word_;  // Succeeded or Failed
  Stop stop_ = Stop::kNone;
  double deadline_ = 0;  // base::monotonic_seconds: until then it may run
  double kill_at_ = 0;   // after it was asked to end, or has said its last word: when it has to be gone
};

}  // namespace mla::jobs
