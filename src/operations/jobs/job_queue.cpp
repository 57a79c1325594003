#include "operations/jobs/job_queue.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "operations/jobs/impl/job_rows.h"
#include "operations/jobs/impl/schema.h"

namespace mla::jobs {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::UnixMillis;
using store::Statement;

constexpr std::chrono::milliseconds kLook{200};

}  // namespace

Result<JobQueue> JobQueue::open(store::Database& database, const base::Clock& clock, const QueueOptions& options) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(migrate(*connection));
  return JobQueue(database, clock, options);
}

UnixMillis JobQueue::lease_from(UnixMillis now) const {
  return now + static_cast<UnixMillis>(options_.lease_seconds * base::kMillisPerSecond);
}

Result<Job> JobQueue::submit(const NewJob& job) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(Job added, insert_job(*connection, job, clock_->now()));
  MLA_CHECK(transaction.commit());
  return added;
}

Result<Job> JobQueue::find(std::string_view id) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  return known_job(*connection, id);
}

Result<std::vector<Job>> JobQueue::list(std::int64_t limit, std::string_view before) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  const std::string_view earlier = before.empty() ? "" : "WHERE number < (SELECT number FROM jobs WHERE id = ?) ";
  MLA_ASSIGN(Statement * query, connection->prepare(fmt::format("SELECT {} FROM jobs {}ORDER BY number DESC LIMIT ?",
                                                                kJobColumns, earlier)));
  int at = 1;
  if (!before.empty()) query->bind(at++, before);
  query->bind(at, limit);
  return read_all(*query);
}

Result<std::int64_t> JobQueue::waiting() const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query, connection->prepare("SELECT COUNT(*) FROM jobs WHERE state = 'queued'"));
  MLA_CHECK(query->step());
  const std::int64_t count = query->integer(0);
  query->reset();
  return count;
}

Result<std::vector<std::string>> JobQueue::live(std::string_view kind) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare("SELECT model FROM jobs WHERE kind = ? AND state IN ('queued', 'running')"));
  query->bind(1, kind);
  std::vector<std::string> models;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) break;
    models.emplace_back(query->text(0));
  }
  query->reset();
  return models;
}

Result<Job> JobQueue::cancel(std::string_view id) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const Job job, known_job(*connection, id));
  if (has_ended(job.state)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("job {} has ended already: it {}", id,
                             job.state == JobState::kCancelled ? "was cancelled" : to_string(job.state))};
  }
  if (job.state == JobState::kQueued) {
    MLA_CHECK(end_job(*connection, job.id, {JobState::kCancelled, "", "cancelled before it began"}, JobLog(job.log),
                      clock_->now()));
  } else {
    MLA_ASSIGN(Statement * update, connection->prepare("UPDATE jobs SET cancel_requested = 1 WHERE id = ?"));
    update->bind(1, id);
    MLA_CHECK(update->step());
  }
  MLA_ASSIGN(Job changed, known_job(*connection, id));
  MLA_CHECK(transaction.commit());
  return changed;
}

Result<std::int64_t> JobQueue::remove_old() {
  if (options_.keep_days == 0) return std::int64_t{0};
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * remove,
             connection->prepare("DELETE FROM jobs WHERE state NOT IN ('queued', 'running') AND ended < ?"));
  remove->bind(1, clock_->now() - options_.keep_days * base::kMillisPerDay);
  MLA_CHECK(remove->step());
  return connection->changes();
}

Result<Job> JobQueue::wait(std::string_view id, double seconds, const base::CancelFlag& cancel,
                           const std::function<void(const Job&)>& look) const {
  const double end = base::monotonic_seconds() + seconds;
  for (;;) {
    MLA_ASSIGN(Job job, find(id));
    if (look) look(job);
    if (has_ended(job.state)) return job;
    if (cancel.cancelled()) {
      return Error{ErrorCode::kCancelled,
                   fmt::format("stopped waiting; job {} goes on: it is {}", id, to_string(job.state))};
    }
    if (base::monotonic_seconds() >= end) {
      return Error{ErrorCode::kBusy, fmt::format("job {} is still {} after {:g} s", id, to_string(job.state), seconds)};
    }
    std::this_thread::sleep_for(kLook);
  }
}

// Jobs whose lease ran out go back, end as they were asked to, or end because it was their last attempt.
Status JobQueue::settle_lost(store::Connection& connection, UnixMillis now) {
  MLA_ASSIGN(Statement * cut,
             connection.prepare("UPDATE jobs SET lease_end = ? WHERE state = 'running' AND lease_end > ?"));
  cut->bind(1, lease_from(now));
  cut->bind(2, lease_from(now));
  MLA_CHECK(cut->step());
  MLA_ASSIGN(Statement * query, connection.prepare(fmt::format(
                                    "SELECT {} FROM jobs WHERE state = 'running' AND lease_end <= ?", kJobColumns)));
  query->bind(1, now);
  MLA_ASSIGN(const std::vector<Job> gone, read_all(*query));
  for (const Job& job : gone) {
    JobLog log(job.log);
    log.add(fmt::format("attempt {}: its runner {} is gone", job.attempt, job.owner));
    if (job.cancel_requested) {
      MLA_CHECK(end_job(connection, job.id, {JobState::kCancelled, "", "cancelled"}, log, now));
    } else if (job.attempt >= options_.attempts) {
      const std::string error = fmt::format("given up: of {} attempts the runner disappeared each time", job.attempt);
      MLA_CHECK(end_job(connection, job.id, {JobState::kFailed, "", error}, log, now));
    } else {
      MLA_CHECK(put_back_job(connection, job.id, job.attempt, log));
    }
  }
  return {};
}

Result<std::optional<Job>> JobQueue::take(const std::string& owner) {
  const UnixMillis now = clock_->now();
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  {  // Most looks find nothing and must not hold up writers.
    MLA_ASSIGN(Statement * query,
               connection->prepare("SELECT COUNT(*) FROM jobs WHERE state = 'queued' OR (state = 'running' AND "
                                   "(lease_end <= ? OR lease_end > ?))"));
    query->bind(1, now);
    query->bind(2, lease_from(now));
    MLA_CHECK(query->step());
    const bool nothing = query->integer(0) == 0;
    query->reset();
    if (nothing) return std::optional<Job>();
  }
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_CHECK(settle_lost(*connection, now));
  MLA_ASSIGN(Statement * query,
             connection->prepare(fmt::format("SELECT {} FROM jobs WHERE state = 'queued' AND model NOT IN (SELECT "
                                             "model FROM jobs WHERE state = 'running') ORDER BY number LIMIT 1",
                                             kJobColumns)));
  MLA_ASSIGN(std::optional<Job> job, read_one(*query));
  if (job) {
    MLA_ASSIGN(Statement * update,
               connection->prepare("UPDATE jobs SET state = 'running', attempt = ?, owner = ?, lease_end = ?, "
                                   "started = ? WHERE id = ?"));
    update->bind(1, std::int64_t{job->attempt} + 1);
    update->bind(2, owner);
    update->bind(3, lease_from(now));
    update->bind(4, now);
    update->bind(5, job->id);
    MLA_CHECK(update->step());
    MLA_ASSIGN(job, find_job_by(*connection, "id", job->id));
  }
  MLA_CHECK(transaction.commit());
  return job;
}

Result<bool> JobQueue::renew(const Claim& claim, const JobProgress& progress, const JobLog& log) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const Job job, claimed_job(*connection, claim));
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE jobs SET lease_end = ?, step = ?, done = ?, total = ?, "
                                                     "log = ? WHERE id = ?"));
  update->bind(1, lease_from(clock_->now()));
  update->bind(2, progress.step);
  update->bind(3, progress.done);
  update->bind(4, progress.total);
  update->bind(5, text_of(log));
  update->bind(6, claim.job);
  MLA_CHECK(update->step());
  MLA_CHECK(transaction.commit());
  return job.cancel_requested;
}

Status JobQueue::confirm(const Claim& claim) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const Job job, claimed_job(*connection, claim));
  if (job.cancel_requested) return Error{ErrorCode::kCancelled, "cancelled"};
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE jobs SET lease_end = ? WHERE id = ?"));
  update->bind(1, lease_from(clock_->now()));
  update->bind(2, claim.job);
  MLA_CHECK(update->step());
  return transaction.commit();
}

Status JobQueue::finish(const Claim& claim, const Outcome& outcome, const JobProgress& progress, const JobLog& log) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_CHECK(claimed_job(*connection, claim));
  MLA_ASSIGN(Statement * update, connection->prepare("UPDATE jobs SET step = ?, done = ?, total = ? WHERE id = ?"));
  update->bind(1, progress.step);
  update->bind(2, progress.done);
  update->bind(3, progress.total);
  update->bind(4, claim.job);
  MLA_CHECK(update->step());
  MLA_CHECK(end_job(*connection, claim.job, outcome, log, clock_->now()));
  return transaction.commit();
}

Status JobQueue::release(const Claim& claim, const JobLog& log) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const Job job, claimed_job(*connection, claim));
  if (job.cancel_requested) {
    MLA_CHECK(end_job(*connection, claim.job, {JobState::kCancelled, "", "cancelled"}, log, clock_->now()));
  } else {
    MLA_CHECK(put_back_job(*connection, claim.job, claim.attempt - 1, log));
  }
  return transaction.commit();
}

}  // namespace mla::jobs
