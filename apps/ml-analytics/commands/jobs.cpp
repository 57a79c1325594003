#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/job_command.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using jobs::Job;
using jobs::JobState;

json::value time_of(base::UnixMillis time) {
  return time > 0 ? json::value(base::format_time(time)) : json::value(nullptr);
}

json::value parsed(const std::string& text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  return error ? json::value(nullptr) : value;
}

json::object object_of(const Job& job) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"model", job.model},
          {"state", jobs::to_string(job.state)},
          {"cancel_requested", job.cancel_requested},
          {"attempt", job.attempt},
          {"step", job.progress.step},
          {"done", job.progress.done},
          {"total", job.progress.total},
          {"result", parsed(job.result)},
          {"error", job.error.empty() ? json::value(nullptr) : json::value(job.error)},
          {"created", time_of(job.created)},
          {"started", time_of(job.started)},
          {"ended", time_of(job.ended)}};
}

json::object whole_object_of(const Job& job) {
  json::object object = object_of(job);
  object["request"] = parsed(job.request);
  object["origin"] = job.origin.empty() ? json::value(nullptr) : json::value(job.origin);
  object["owner"] = job.owner.empty() ? json::value(nullptr) : json::value(job.owner);
  object["lease_end"] = time_of(job.lease_end);
  object["log"] = json::array(job.log.begin(), job.log.end());
  return object;
}

std::string how_far(const Job& job) {
  if (!job.error.empty()) return job.error;
  if (job.state == JobState::kSucceeded) {
    const json::value result = parsed(job.result);
    const json::value* model = result.is_object() ? result.get_object().if_contains("model") : nullptr;
    return model != nullptr && model->is_string() ? std::string(model->get_string()) : "";
  }
  const jobs::JobProgress& progress = job.progress;
  if (progress.total <= 0) return progress.step;
  return fmt::format("{} {:.0f} %", progress.step,
                     100 * static_cast<double>(progress.done) / static_cast<double>(progress.total));
}

void print_line(const json::object& object) { fmt::print("{}\n", base::to_json_text(object)); }

void print(const Job& job, bool as_json) {
  if (as_json) return print_line(object_of(job));
  fmt::print("{} {:<10} {:<12} {} {}\n", job.id, jobs::to_string(job.state), job.model, base::format_time(job.created),
             how_far(job));
}

void print_whole(const Job& job) {
  fmt::print("{} {}\n", job.id, jobs::to_string(job.state));
  const auto line = [](std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print("  {:<9} {}\n", name, value);
  };
  const auto time = [&](std::string_view name, base::UnixMillis at) {
    line(name, at > 0 ? base::format_time(at) : "");
  };
  line("kind", job.kind);
  line("model", job.model);
  line("request", job.request);
  line("origin", job.origin);
  line("attempt", job.attempt > 0 ? std::to_string(job.attempt) : "");
  line("how far", how_far(job));
  time("created", job.created);
  time("started", job.started);
  time("ended", job.ended);
  line("runner", job.owner);
  if (job.cancel_requested && !jobs::has_ended(job.state)) line("cancel", "asked for");
  for (const std::string& said : job.log) line("said", said);
}

int list(const JobsOptions& options, const jobs::JobQueue& queue) {
  const auto all = queue.list(options.limit);
  if (!all.ok()) return fail(all.error());
  for (const Job& job : *all) print(job, options.json);
  if (all->empty()) fmt::print(stderr, "no job yet: ml-analytics train --model-type recommendation --background\n");
  return kDone;
}

int show(const JobsOptions& options, const jobs::JobQueue& queue) {
  const auto job = queue.find(options.id);
  if (!job.ok()) return fail(job.error());
  if (options.json) {
    print_line(whole_object_of(*job));
  } else {
    print_whole(*job);
  }
  return kDone;
}

int cancel(const JobsOptions& options, jobs::JobQueue& queue) {
  const auto job = queue.cancel(options.id);
  if (!job.ok()) return fail(job.error());
  if (options.json || job->state == JobState::kCancelled) {
    print(*job, options.json);
  } else {
    fmt::print("{} is asked to stop\n", job->id);
  }
  return kDone;
}

int wait(const JobsOptions& options, const jobs::JobQueue& queue) {
  const auto progress = base::make_terminal_progress();
  jobs::JobProgress shown;
  const auto look = [&](const Job& job) {
    if (job.state != JobState::kRunning) return;
    if (job.progress.step != shown.step || job.progress.done < shown.done) {
      progress->begin(job.progress.step, static_cast<std::uint64_t>(job.progress.total));
      shown = {job.progress.step, 0, job.progress.total};
    }
    progress->advance(static_cast<std::uint64_t>(job.progress.done - shown.done));
    shown.done = job.progress.done;
  };
  const auto job = queue.wait(options.id, options.seconds, stop_flag(), look);
  progress->end();
  if (!job.ok()) return fail(job.error());
  print(*job, options.json);
  return job->state == JobState::kSucceeded ? kDone : kWorkFailed;
}

json::object object_of(const jobs::Schedule& schedule) {
  return {{"id", schedule.id},
          {"cron", schedule.expression},
          {"zone", schedule.zone},
          {"kind", schedule.job.kind},
          {"model", schedule.job.model},
          {"request", parsed(schedule.job.request)},
          {"created", time_of(schedule.created)},
          {"last", time_of(schedule.last)},
          {"next", time_of(schedule.next.value_or(0))}};
}

std::string next_text(const jobs::Schedule& schedule) {
  return schedule.next ? "next " + base::format_time(*schedule.next) : "never: its times cannot be told here";
}

int add_schedule(const ScheduleOptions& options, engine::Engine& engine) {
  const auto added = engine.schedule(train_request(options.training), options.cron, options.zone);
  if (!added.ok()) return refuse_or_fail(added.error());
  fmt::print("{}\n", added->id);
  fmt::print(stderr, "{}; a running server does it; see ml-analytics jobs schedule list\n", next_text(*added));
  return kDone;
}

int list_schedules(const ScheduleOptions& options, const jobs::Schedules& schedules) {
  const auto all = schedules.list();
  if (!all.ok()) return fail(all.error());
  for (const jobs::Schedule& schedule : *all) {
    if (options.json) {
      print_line(object_of(schedule));
    } else {
      fmt::print("{} {:<12} '{}' {} {}\n", schedule.id, schedule.job.model, schedule.expression, schedule.zone,
                 next_text(schedule));
    }
  }
  if (all->empty()) fmt::print(stderr, "no schedule yet: ml-analytics jobs schedule add --cron '0 2 * * *'\n");
  return kDone;
}

}  // namespace

int run(const JobsOptions& options) {
  CommonOptions common = options.common;
  common.quiet = options.action != JobsAction::kRun;
  const auto program = Program::open(common);
  if (!program.ok()) return fail(program.error());
  engine::Engine& engine = (*program)->engine();
  switch (options.action) {
    case JobsAction::kShow:
      return show(options, engine.jobs());
    case JobsAction::kCancel:
      return cancel(options, engine.jobs());
    case JobsAction::kWait:
      return wait(options, engine.jobs());
    case JobsAction::kRun: {
      jobs::Runner runner = engine.runner(job_command(options.common));
      if (options.all) {
        runner.run_all(stop_flag());
      } else {
        runner.run_until(stop_flag());
      }
      return kDone;
    }
    default:
      return list(options, engine.jobs());
  }
}

int run(const ScheduleOptions& options) {
  const auto program = Program::open(options.common);
  if (!program.ok()) return fail(program.error());
  engine::Engine& engine = (*program)->engine();
  switch (options.action) {
    case ScheduleAction::kAdd:
      return add_schedule(options, engine);
    case ScheduleAction::kRemove: {
      const auto removed = engine.schedules().remove(options.id);
      return removed.ok() ? kDone : fail(removed.error());
    }
    default:
      return list_schedules(options, engine.schedules());
  }
}

}  // namespace mla::apps
