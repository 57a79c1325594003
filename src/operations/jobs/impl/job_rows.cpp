#include "operations/jobs/impl/job_rows.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mla::jobs {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::UnixMillis;
using store::Statement;

constexpr std::string_view kOfTheClaim = "id = ? AND owner = ? AND attempt = ? AND state = 'running'";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A row in the order of kJobColumns.
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

}  // namespace

std::string new_id() {
  std::random_device draw;
  return fmt::format("{:08x}{:08x}", draw(), draw());
}

std::string text_of(const JobLog& log) { return fmt::format("{}", fmt::join(log.lines(), "\n")); }

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

Result<std::optional<Job>> find_job_by(store::Connection& connection, std::string_view column, std::string_view value) {
  MLA_ASSIGN(Statement * query,
             connection.prepare(fmt::format("SELECT {} FROM jobs WHERE {} = ?", kJobColumns, column)));
  query->bind(1, value);
  return read_one(*query);
}

Result<Job> known_job(store::Connection& connection, std::string_view id) {
  MLA_ASSIGN(std::optional<Job> job, find_job_by(connection, "id", id));
  if (job) return *std::move(job);
  return Error{ErrorCode::kNotFound, fmt::format("there is no job '{}'; see ml-analytics jobs list", id)};
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

Status put_back_job(store::Connection& connection, const std::string& id, int attempt, const JobLog& log) {
  MLA_ASSIGN(Statement * update,
             connection.prepare("UPDATE jobs SET state = 'queued', attempt = ?, step = '', done = 0, total = 0, "
                                "log = ?, owner = '', lease_end = 0 WHERE id = ?"));
  update->bind(1, std::int64_t{attempt});
  update->bind(2, text_of(log));
  update->bind(3, id);
  MLA_CHECK(update->step());
  return {};
}

Result<Job> claimed_job(store::Connection& connection, const Claim& claim) {
  MLA_ASSIGN(Statement * query,
             connection.prepare(fmt::format("SELECT {} FROM jobs WHERE {}", kJobColumns, kOfTheClaim)));
  bind(*query, 1, claim);
  MLA_ASSIGN(std::optional<Job> job, read_one(*query));
  if (!job) return lost(claim);
  return *std::move(job);
}

Result<Job> insert_job(store::Connection& connection, const NewJob& job, UnixMillis now) {
  if (!job.origin.empty()) {
    MLA_ASSIGN(std::optional<Job> there, find_job_by(connection, "origin", job.origin));
    if (there) return *std::move(there);
  }
  const std::string id = new_id();
  MLA_ASSIGN(Statement * insert, connection.prepare("INSERT INTO jobs (id, kind, model, request, origin, state, "
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
  insert->bind(6, now);
  MLA_CHECK(insert->step());
  return known_job(connection, id);
}

}  // namespace mla::jobs
