#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/jobs/job.h"
#include "operations/jobs/job_queue.h"

// Rows of the table of jobs.
namespace mla::jobs {

// The columns that read_job expects, for SELECT.
inline constexpr std::string_view kJobColumns =
    "id, kind, model, request, origin, state, cancel_requested, attempt, step, done, total, log, result, error, "
    "created, started, ended, owner, lease_end";

// 16 hexadecimal digits, drawn at random.
std::string new_id();
std::string text_of(const JobLog& log);

// The next row of a query for kJobColumns; nothing at its end.
base::Result<std::optional<Job>> read_one(store::Statement& query);
base::Result<std::vector<Job>> read_all(store::Statement& query);

base::Result<std::optional<Job>> find_job_by(store::Connection& connection, std::string_view column,
                                             std::string_view value);
// kNotFound says how to list what there is.
base::Result<Job> known_job(store::Connection& connection, std::string_view id);
// The running job that the claim is of; kNotFound if it is another's by now.
base::Result<Job> claimed_job(store::Connection& connection, const Claim& claim);

// Adds a queued job; if one of its origin is there, that one comes back. REQUIRES: inside a transaction.
base::Result<Job> insert_job(store::Connection& connection, const NewJob& job, base::UnixMillis now);
base::Status end_job(store::Connection& connection, const std::string& id, const Outcome& outcome, const JobLog& log,
                     base::UnixMillis now);
base::Status put_back_job(store::Connection& connection, const std::string& id, int attempt, const JobLog& log);

}  // namespace mla::jobs
