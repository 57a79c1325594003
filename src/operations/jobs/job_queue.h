#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/store/database.h"
#include "operations/jobs/job.h"

namespace mla::jobs {

struct QueueOptions {
  double lease_seconds = 30;  // a runner that is silent for so long is taken for gone
  int attempts = 3;           // so often a job is begun whose runners disappear
  int keep_days = 30;         // ended jobs are removed when they are older; 0: never
};

struct NewJob {
  std::string kind;
  std::string model;
  std::string request;  // JSON
  std::string origin;   // see Job
};

// Jobs of all processes that share a database. What a call acknowledged survives kill -9. Thread-safe.
//
// Who runs a job holds a lease that it renews; one that ran out puts the job back, the attempt counted. Leases are
// times of `clock`. If it is set forward, leases run out early: a job is begun again, and the first runner learns at
// its next renewal, or when it wants to publish (`confirm`), that it has no right to it any more. If it is set back,
// leases that end later than one given now would are cut to that: who is alive renews, who is gone is found out.
class JobQueue {
 public:
  // Brings the schema up to date; refuses a newer one. `database` and `clock` must outlive this.
  static base::Result<JobQueue> open(store::Database& database, const base::Clock& clock, const QueueOptions& options);

  // Durable when it returns. A job whose origin is there already is not added again; the one that is there comes back.
  base::Result<Job> submit(const NewJob& job);
  // kNotFound says how to list what there is.
  base::Result<Job> find(std::string_view id) const;
  // The latest `limit` jobs, newest first; with `before`, a job's id, those that were queued before that one.
  base::Result<std::vector<Job>> list(std::int64_t limit, std::string_view before = {}) const;
  // Job::model of each job of that kind that is queued or running.
  base::Result<std::vector<std::string>> live(std::string_view kind) const;
  // How many are queued.
  base::Result<std::int64_t> waiting() const;
  // Queued: it is cancelled now. Running: its runner is asked and stops it soon. kInvalidArgument if it has ended.
  base::Result<Job> cancel(std::string_view id);
  // Removes ended jobs that are older than `keep_days`; how many.
  base::Result<std::int64_t> remove_old();
  // Returns the job once it has ended; looks five times a second. kNotFound; kCancelled when the flag is up; kBusy
  // after `seconds`. `look` sees every state that was read.
  base::Result<Job> wait(std::string_view id, double seconds, const base::CancelFlag& cancel,
                         const std::function<void(const Job&)>& look = {}) const;

  // For runners.
  // Puts back what a lost runner had, then takes the oldest queued job of a model that none is running of; nothing if
  // there is none.
  base::Result<std::optional<Job>> take(const std::string& owner);
  // Renews the lease and says how far the work is; true if somebody wants it cancelled. kNotFound: the claim is lost.
  base::Result<bool> renew(const Claim& claim, const JobProgress& progress, const JobLog& log);
  // Renews the lease if the claim holds and nobody has cancelled: asked by the work itself before what can be done only
  // once. kNotFound: the claim is lost; kCancelled.
  base::Status confirm(const Claim& claim);
  // Ends the job. kNotFound: the claim is lost, nothing changes.
  base::Status finish(const Claim& claim, const Outcome& outcome, const JobProgress& progress, const JobLog& log);
  // Puts it back as if this attempt had never been, or ends it if it was to be cancelled. kNotFound: the claim is lost.
  base::Status release(const Claim& claim, const JobLog& log);

  double lease_seconds() const { return options_.lease_seconds; }

 private:
  JobQueue(store::Database& database, const base::Clock& clock, const QueueOptions& options)
      : database_(&database), clock_(&clock), options_(options) {}
  base::UnixMillis lease_from(base::UnixMillis now) const;
  base::Status settle_lost(store::Connection& connection, base::UnixMillis now);

  store::Database* database_;
  const base::Clock* clock_;
  QueueOptions options_;
};

}  // namespace mla::jobs
