#include "operations/jobs/schedules.h"

#include <algorithm>

#include <fmt/format.h>

#include "operations/jobs/cron.h"
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

// A row of the table.
struct Row {
  Schedule schedule;
  UnixMillis passed = 0;  // when `last` was seen to, or the schedule was made: what came before is over
};

Result<std::vector<Row>> read_rows(store::Connection& connection) {
  MLA_ASSIGN(Statement * query, connection.prepare("SELECT id, expression, zone, kind, model, request, created, last, "
                                                   "passed FROM schedules ORDER BY number"));
  std::vector<Row> rows;
  for (;;) {
    MLA_ASSIGN(const bool more, query->step());
    if (!more) return rows;
    const auto text = [&](int column) { return std::string(query->text(column)); };
    rows.push_back({{.id = text(0),
                     .expression = text(1),
                     .zone = text(2),
                     .job = {text(3), text(4), text(5), ""},
                     .created = query->integer(6),
                     .last = query->integer(7),
                     .next = {}},
                    query->integer(8)});
  }
}

// A step of the clock up to this is waited for; beyond it, the clock was wrong before or is now.
constexpr UnixMillis kLargestStep = base::kMillisPerDay;

bool clock_was_ahead(const Row& row, UnixMillis now) { return row.passed - now > kLargestStep; }

// What came before `passed` is over.
Result<std::optional<UnixMillis>> next_of(const Row& row, UnixMillis now) {
  MLA_ASSIGN(const CronTimes times, CronTimes::parse(row.schedule.expression, row.schedule.zone));
  return times.next_after(std::max(row.schedule.last, clock_was_ahead(row, now) ? now : row.passed));
}

// What there is to do for a row: nothing unless `due`, or unless the clock was ahead, which has to be noted.
struct Look {
  std::optional<UnixMillis> due;
  std::string problem;
  bool note_time = false;
};

Look look_at(const Row& row, UnixMillis now) {
  const auto next = next_of(row, now);
  if (!next.ok()) return {{}, fmt::format("schedule {}: {}", row.schedule.id, next.error().message), false};
  const bool due = *next && **next <= now;
  return {due ? *next : std::nullopt, "", due || clock_was_ahead(row, now)};
}

std::string origin_of(const Schedule& schedule, UnixMillis occurrence) {
  return fmt::format("schedule {} {}", schedule.id, base::format_time(occurrence));
}

Result<bool> waits(store::Connection& connection, const Schedule& schedule) {
  const std::string origin = fmt::format("schedule {} ", schedule.id);
  MLA_ASSIGN(Statement * query,
             connection.prepare("SELECT 1 FROM jobs WHERE state = 'queued' AND substr(origin, 1, ?) = ? LIMIT 1"));
  query->bind(1, static_cast<std::int64_t>(origin.size()));
  query->bind(2, origin);
  MLA_ASSIGN(const bool there, query->step());
  query->reset();
  return there;
}

bool same(const Schedule& a, std::string_view expression, std::string_view zone, const NewJob& job) {
  return a.expression == expression && a.zone == zone && a.job.kind == job.kind && a.job.model == job.model &&
         a.job.request == job.request;
}

}  // namespace

Result<Schedules> Schedules::open(store::Database& database, const base::Clock& clock) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(migrate(*connection));
  return Schedules(database, clock);
}

Result<Schedule> Schedules::add(std::string_view expression, std::string_view zone, const NewJob& job) {
  const UnixMillis now = clock_->now();
  MLA_ASSIGN(const CronTimes times, CronTimes::parse(expression, zone));
  const Schedule added{.id = new_id(),
                       .expression = std::string(expression),
                       .zone = std::string(zone),
                       .job = job,
                       .created = now,
                       .last = 0,
                       .next = times.next_after(now)};
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::vector<Row> rows, read_rows(*connection));
  const auto there =
      std::ranges::find_if(rows, [&](const Row& row) { return same(row.schedule, expression, zone, job); });
  if (there != rows.end()) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("schedule {} does the same already; remove it first: "
                                                          "ml-analytics jobs schedule remove {}",
                                                          there->schedule.id, there->schedule.id)};
  }
  MLA_ASSIGN(Statement * insert, connection->prepare("INSERT INTO schedules (id, expression, zone, kind, model, "
                                                     "request, created, passed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, added.id);
  insert->bind(2, added.expression);
  insert->bind(3, added.zone);
  insert->bind(4, job.kind);
  insert->bind(5, job.model);
  insert->bind(6, job.request);
  insert->bind(7, now);
  insert->bind(8, now);
  MLA_CHECK(insert->step());
  MLA_CHECK(transaction.commit());
  return added;
}

Result<std::vector<Schedule>> Schedules::list() const {
  const UnixMillis now = clock_->now();
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(const std::vector<Row> rows, read_rows(*connection));
  std::vector<Schedule> schedules;
  for (const Row& row : rows) {
    schedules.push_back(row.schedule);
    const auto next = next_of(row, now);
    if (next.ok()) schedules.back().next = *next;
  }
  return schedules;
}

Status Schedules::remove(std::string_view id) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * remove, connection->prepare("DELETE FROM schedules WHERE id = ?"));
  remove->bind(1, id);
  MLA_CHECK(remove->step());
  if (connection->changes() > 0) return {};
  return Error{ErrorCode::kNotFound, fmt::format("there is no schedule '{}'; see ml-analytics jobs schedule list", id)};
}

Result<Schedules::Due> Schedules::queue_due() {
  const UnixMillis now = clock_->now();
  Due due;
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  {  // Most looks find nothing and must not hold up writers.
    MLA_ASSIGN(const std::vector<Row> rows, read_rows(*connection));
    bool any = false;
    for (const Row& row : rows) {
      const Look look = look_at(row, now);
      any = any || look.note_time;
      if (due.problem.empty()) due.problem = look.problem;
    }
    if (!any) return due;
  }
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(const std::vector<Row> rows, read_rows(*connection));
  for (const Row& row : rows) {
    const Look look = look_at(row, now);
    if (!look.note_time) continue;
    MLA_ASSIGN(Statement * update, connection->prepare("UPDATE schedules SET last = ?, passed = ? WHERE id = ?"));
    update->bind(1, look.due.value_or(row.schedule.last));
    update->bind(2, now);
    update->bind(3, row.schedule.id);
    MLA_CHECK(update->step());
    if (!look.due) continue;
    MLA_ASSIGN(const bool earlier_waits, waits(*connection, row.schedule));
    if (earlier_waits) continue;
    NewJob job = row.schedule.job;
    job.origin = origin_of(row.schedule, *look.due);
    MLA_ASSIGN(Job added, insert_job(*connection, job, now));
    due.queued.push_back(std::move(added));
  }
  MLA_CHECK(transaction.commit());
  return due;
}

}  // namespace mla::jobs
