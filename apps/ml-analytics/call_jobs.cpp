#include "apps/ml-analytics/call_groups.h"
#include "apps/ml-analytics/job_command.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "A training need not be waited for. It is put into the database, and a running server does it in a process of its\n"
    "own, with limits, so that neither a crash nor a lack of memory there touches who answers:\n\n"
    "  ml-analytics train --model-type recommendation --background   prints the id of the job\n"
    "  ml-analytics jobs list                     what waits, runs and has ended, the newest first\n"
    "  ml-analytics jobs show ID                  one job with its latest lines\n"
    "  ml-analytics jobs wait ID                  until it has ended; exit code 0 if it succeeded\n"
    "  ml-analytics jobs cancel ID                stops it; what it would have published is there whole or not at all\n"
    "  ml-analytics jobs run --all                does what waits, without a server\n"
    "  ml-analytics jobs schedule add --cron '0 2 * * *' --zone Europe/Berlin   learns anew every night at two\n\n"
    "Of one model one job runs at a time. What a crash or kill -9 interrupts begins again by itself, and publishes "
    "one\n"
    "version. More: docs/jobs.md";

std::shared_ptr<JobsOptions> add_command(CLI::App& group, Call& call, JobsAction action, const char* name,
                                         const char* description, CLI::App*& command) {
  auto options = std::make_shared<JobsOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->callback([options, &call] { call.jobs = *options; });
  return options;
}

void add_json(CLI::App& command, JobsOptions& options) {
  command.add_flag("--json", options.json, "One JSON object a line on stdout");
}

constexpr const char* kScheduleFooter =
    "The five fields of --cron are minute, hour, day of the month, month and weekday (mon or 1; 0 and 7 are Sunday):\n"
    "*, a number, a range 1-5, a step */15, or a list of these with commas. '30 4 * * sun' is half past four on\n"
    "Sundays. If both days are restricted, either of them is enough. A time that clocks jump over comes right after\n"
    "the jump, one that they show twice comes once. What was missed while no server ran is made up for once.\n"
    "More: docs/jobs.md";

std::shared_ptr<ScheduleOptions> add_schedule_command(CLI::App& group, Call& call, ScheduleAction action,
                                                      const char* name, const char* description, CLI::App*& command) {
  auto options = std::make_shared<ScheduleOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->callback([options, &call] { call.schedule = *options; });
  return options;
}

void add_schedule(CLI::App& jobs, Call& call) {
  CLI::App* group = jobs.add_subcommand("schedule", "Trainings again and again: add, list, remove");
  group->require_subcommand(1);
  group->footer(kScheduleFooter);
  CLI::App* command = nullptr;
  auto add =
      add_schedule_command(*group, call, ScheduleAction::kAdd, "add", "Learn at these times from now on", command);
  command->add_option("--cron", add->cron, "When: minute hour day-of-month month weekday, '0 2 * * *'")->required();
  command->add_option("--zone", add->zone, "Time zone whose clocks are meant: Europe/Berlin")->capture_default_str();
  command->add_option("--data-path", add->training.data_path, "Events CSV; without it the database is the data");
  add_training(*command, add->training);
  command->footer(kScheduleFooter);
  auto list = add_schedule_command(*group, call, ScheduleAction::kList, "list", "Schedules, the oldest first", command);
  command->add_flag("--json", list->json, "One JSON object a line on stdout");
  auto remove = add_schedule_command(*group, call, ScheduleAction::kRemove, "remove",
                                     "Take a schedule away; jobs that it has queued stay", command);
  command->add_option("ID", remove->id, "Schedule")->required();
}

void add_worker(CLI::App& app, Call& call) {
  auto options = std::make_shared<JobWorkerOptions>();
  CLI::App* command = app.add_subcommand(std::string(kJobWorkerWord), "")->group("");  // not shown
  add_common(*command, options->common);
  command->add_option("--job", options->job)->required();
  command->add_option("--owner", options->owner)->required();
  command->add_option("--attempt", options->attempt)->required();
  command->callback([options, &call] { call.job_worker = *options; });
}

}  // namespace

void add_jobs_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("jobs", "Trainings in the background: list, watch, cancel, run, schedule");
  group->require_subcommand(1);
  group->footer(kFooter);
  CLI::App* command = nullptr;
  auto list = add_command(*group, call, JobsAction::kList, "list", "Jobs, the newest first", command);
  command->add_option("--limit", list->limit, "How many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  add_json(*command, *list);
  auto show = add_command(*group, call, JobsAction::kShow, "show", "One job with its latest lines", command);
  command->add_option("ID", show->id, "Job")->required();
  add_json(*command, *show);
  auto cancel = add_command(*group, call, JobsAction::kCancel, "cancel", "Stop a job that has not ended", command);
  command->add_option("ID", cancel->id, "Job")->required();
  add_json(*command, *cancel);
  auto wait = add_command(*group, call, JobsAction::kWait, "wait",
                          "Wait until a job has ended; exit code 0 if it succeeded, else 1", command);
  command->add_option("ID", wait->id, "Job")->required();
  command->add_option("--seconds", wait->seconds, "Wait no longer; the job goes on")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_json(*command, *wait);
  auto run = add_command(*group, call, JobsAction::kRun, "run",
                         "Do the jobs that wait, as a server would, until Ctrl-C", command);
  command->add_flag("--all", run->all, "End when none is left");
  add_schedule(*group, call);
  add_worker(app, call);
}

}  // namespace mla::apps
