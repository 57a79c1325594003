#include "operations/jobs/job_queue.h"

#include <chrono>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operations/jobs/impl/schema.h"

namespace mla::jobs {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::UnixMillis;
using store::Statement;

constexpr std::string_view kColumns =
    "id, kind, model, request, origin, state, cancel_requested, attempt, step, done, total, log, result, error, "
    "created, started, ended, owner, lease_end";
constexpr std::string_view kOfTheClaim = "id = ? AND owner = ? AND attempt = ? AND state = 'running'";
constexpr std::chrono::milliseconds kLook{200};

std::string new_id() {
  std::random_device draw;
  return fmt::format("{:08x}{:08x}", draw(), draw());
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string text_of(const JobLog& log) { return fmt::format("{}", fmt::join(log.lines(), "\n")); }

// A row in the order of kColumns.
Result<Job> read_job(const Statement& row) {
  Job job;
  job.id = row.text(0);
  job.kind = row.text(1);
  job.model = row.text(2);
  job.request = row.text(3);
  job.origin = row.text(4);
  const auto state = parse_state(row.text(5));
  if (!state) {
    return Error{ErrorCode::kCorrupt,
                 fmt::format("the database says of job {} that it is '{}', which is no state", job.id, row.text(5))};
  }
  job.state = *state;
  job.cancel_requested = row.integer(6) != 0;
  job.attempt = static_cast<int>(row.integer(7));
  job.progress = {std::string(row.text(8)), row.integer(9), row.integer(10)};
  job.log = lines_of(row.text(11));
  job.result = row.text(12);
  job.error = row.text(13);
  job.created = row.integer(14);
  job.started = row.integer(15);
  job.ended = row.integer(16);
  job.owner = row.text(17);
  job.lease_end = row.integer(18);
  return job;
}

Result<std::optional<Job>> read_one(Statement& query) {
  MLA_ASSIGN(const bool there, query.step());
  if (!there) return std::optional<Job>();
  MLA_ASSIGN(Job job, read_job(query));
  query.reset();
  return std::optional(std::move(job));
}

Result<std::vector<Job>> read_all(Statement& query) {
  std::vector<Job> jobs;
  for (;;) {
    MLA_ASSIGN(const bool more, query.step());
    if (!more) return jobs;
    MLA_ASSIGN(Job job, read_job(query));
    jobs.push_back(std::move(job));
  }
}

Result<std::optional<Job>> find_by(store::Connection& connection, std::string_view column, std::string_view value) {
  MLA_ASSIGN(Statement * query, connection.prepare(fmt::format("SELECT {} FROM jobs WHERE {} = ?", kColumns, column)));
  query->bind(1, value);
  return read_one(*query);
}

Result<Job> known(store::Connection& connection, std::string_view id) {
  MLA_ASSIGN(std::optional<Job> job, find_by(connection, "id", id));
  if (job) return *std::move(job);
  return Error{ErrorCode::kNotFound, fmt::format("there is no job '{}'; see ml-analytics jobs list", id)};
}

// Binds the three values of kOfTheClaim.
void bind(Statement& statement, int index, const Claim& claim) {
  statement.bind(index, claim.job);
  statement.bind(index + 1, claim.owner);
  statement.bind(index + 2, std::int64_t{claim.attempt});
}

Error lost(const Claim& claim) {
  return {ErrorCode::kNotFound,
          fmt::format("job {} is not ours any more: our lease ran out and it was taken or ended", claim.job)};
}

Status end_job(store::Connection& connection, const std::string& id, const Outcome& outcome, const JobLog& log,
               UnixMillis now) {
  MLA_ASSIGN(Statement * update,
             connection.prepare("UPDATE jobs SET state = ?, result = ?, error = ?, log = ?, ended = ?, owner = '', "
                                "lease_end = 0 WHERE id = ?"));
  update->bind(1, to_string(outcome.state));
  update->bind(2, outcome.result);
  update->bind(3, outcome.error);
  update->bind(4, text_of(log));
  update->bind(5, now);
  update->bind(6, id);
  MLA_CHECK(update->step());
  return {};
}

Status put_back(store::Connection& connection, const std::string& id, int attempt, const JobLog& log) {
  MLA_ASSIGN(Statement * update,
             connection.prepare("UPDATE jobs SET state = 'queued', attempt = ?, step = '', done = 0, total = 0, "
                                "log = ?, owner = '', lease_end = 0 WHERE id = ?"));
  update->bind(1, std::int64_t{attempt});
  update->bind(2, text_of(log));
  update->bind(3, id);
  MLA_CHECK(update->step());
  return {};
}

// The running job that the claim is of; kNotFound if it is another's by now.
Result<Job> claimed(store::Connection& connection, const Claim& claim) {
  MLA_ASSIGN(Statement * query, connection.prepare(fmt::format("SELECT {} FROM jobs WHERE {}", kColumns, kOfTheClaim)));
  bind(*query, 1, claim);
  MLA_ASSIGN(std::optional<Job> job, read_one(*query));
  if (!job) return lost(claim);
  return *std::move(job);
}

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
  if (!job.origin.empty()) {
    MLA_ASSIGN(std::optional<Job> there, find_by(*connection, "origin", job.origin));
    if (there) return *std::move(there);
  }
  const std::string id = new_id();
  MLA_ASSIGN(Statement * insert, connection->prepare("INSERT INTO jobs (id, kind, model, request, origin, state, "
                                                     "created) VALUES (?, ?, ?, ?, ?, 'queued', ?)"));
  insert->bind(1, id);
  insert->bind(2, job.kind);
  insert->bind(3, job.model);
  insert->bind(4, job.request);
  if (job.origin.empty()) {
    insert->bind_null(5);
  } else {
    insert->bind(5, job.origin);
  }
  insert->bind(6, clock_->now());
  MLA_CHECK(insert->step());
  MLA_ASSIGN(Job added, known(*connection, id));
  MLA_CHECK(transaction.commit());
  return added;
}

Result<Job> JobQueue::find(std::string_view id) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  return known(*connection, id);
}

Result<std::vector<Job>> JobQueue::list(std::int64_t limit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * query,
             connection->prepare(fmt::format("SELECT {} FROM jobs ORDER BY number DESC LIMIT ?", kColumns)));
  query->bind(1, limit);
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

Result<Job> JobQueue::cancel(std::string_view id) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const Job job, known(*connection, id));
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
  MLA_ASSIGN(Job changed, known(*connection, id));
  MLA_CHECK(transaction.commit());
  return changed;
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
                                    "SELECT {} FROM jobs WHERE state = 'running' AND lease_end <= ?", kColumns)));
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
      MLA_CHECK(put_back(connection, job.id, job.attempt, log));
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
                                             kColumns)));
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
    MLA_ASSIGN(job, find_by(*connection, "id", job->id));
  }
  MLA_CHECK(transaction.commit());
  return job;
}

Result<bool> JobQueue::renew(const Claim& claim, const JobProgress& progress, const JobLog& log) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const Job job, claimed(*connection, claim));
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
  MLA_ASSIGN(const Job job, claimed(*connection, claim));
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
  MLA_CHECK(claimed(*connection, claim));
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
  MLA_ASSIGN(const Job job, claimed(*connection, claim));
  if (job.cancel_requested) {
    MLA_CHECK(end_job(*connection, claim.job, {JobState::kCancelled, "", "cancelled"}, log, clock_->now()));
  } else {
    MLA_CHECK(put_back(*connection, claim.job, claim.attempt - 1, log));
  }
  return transaction.commit();
}

}  // namespace mla::jobs
