#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/jobs/job_queue.h"

namespace mla::jobs {

// A job that is queued again and again.
struct Schedule {
  std::string id;          // 16 hexadecimal digits, drawn at random; never used again
  std::string expression;  // CronTimes
  std::string zone;
  NewJob job;  // its origin is empty: each occurrence gives one
  base::UnixMillis created = 0;
  base::UnixMillis last = 0;  // the latest occurrence that was seen to; of several at once the first; 0: none
  std::optional<base::UnixMillis> next;  // the next occurrence; nothing if none comes, or if `zone` is not known here
};

// Schedules of all processes that share a database. What a call acknowledged survives kill -9. Thread-safe.
//
// Each occurrence is seen to once, whoever looks: seeing to it, and queueing its job under an origin of its own, is one
// transaction. Of occurrences that nobody saw come (no server ran), one job is queued, however many they are. An
// occurrence is passed over while the job of an earlier one still waits: it would do the same again. Times are those of
// `clock`: one that is set back by up to a day has no occurrence happen again, the schedule waits until it has caught
// up; one that was further ahead has run one occurrence early, which does not happen again either, and the schedule
// goes on from the new time.
class Schedules {
 public:
  // Brings the schema up to date; refuses a newer one. `database` and `clock` must outlive this.
  static base::Result<Schedules> open(store::Database& database, const base::Clock& clock);

  // Durable when it returns. The first occurrence is the first after now. Errors: those of CronTimes::parse;
  // kInvalidArgument if a schedule is there that has the same job and times.
  base::Result<Schedule> add(std::string_view expression, std::string_view zone, const NewJob& job);
  // The oldest first.
  base::Result<std::vector<Schedule>> list() const;
  // Jobs that it has queued stay. kNotFound says how to list what there is.
  base::Status remove(std::string_view id);
  struct Due {
    std::vector<Job> queued;
    std::string problem;  // of the first schedule that cannot be followed here (a time zone that is not known), or ""
  };
  // Queues what is due.
  base::Result<Due> queue_due();

 private:
  Schedules(store::Database& database, const base::Clock& clock) : database_(&database), clock_(&clock) {}
  store::Database* database_;
  const base::Clock* clock_;
};

}  // namespace mla::jobs
