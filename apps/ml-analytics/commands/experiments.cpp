#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/json.h"
#include "serving/experiments/canary.h"
#include "serving/experiments/outcomes.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using experiments::Difference;
using experiments::Experiment;

double percent_of(const Experiment& one) { return 100.0 * one.plan.treated / experiments::kBuckets; }

json::object object_of(const Experiment& one) {
  json::object object{{"name", one.plan.name},
                      {"model", one.plan.model},
                      {"control", one.plan.control},
                      {"treatment", one.plan.treatment},
                      {"percent", percent_of(one)},
                      {"canary", one.plan.canary},
                      {"state", experiments::to_string(one.state)},
                      {"reason", one.reason.empty() ? json::value(nullptr) : json::value(one.reason)},
                      {"started", base::format_time(one.started)},
                      {"ended", one.ended > 0 ? json::value(base::format_time(one.ended)) : json::value(nullptr)}};
  if (one.plan.canary) {
    object["listeners_needed"] = one.plan.listeners;
    object["hours_needed"] = one.plan.hours;
  }
  return object;
}

void print_line(const json::object& object) { fmt::print("{}\n", base::to_json_text(object)); }

void print(const Experiment& one, bool as_json) {
  if (as_json) return print_line(object_of(one));
  fmt::print("{:<20} {:<12} {} against {}, {:.4g} %{}, since {}{}\n", one.plan.name, experiments::to_string(one.state),
             one.plan.treatment, one.plan.control, percent_of(one), one.plan.canary ? ", canary" : "",
             base::format_time(one.started), one.reason.empty() ? "" : ": " + one.reason);
}

int list(const ExperimentsOptions& options, const experiments::Experiments& known) {
  const auto all = known.list();
  if (!all.ok()) return fail(all.error());
  for (const Experiment& one : *all) print(one, options.json);
  if (all->empty()) fmt::print(stderr, "no experiment yet: ml-analytics experiments start NAME --challenger MODEL\n");
  return kDone;
}

int start(const ExperimentsOptions& options, engine::Engine& engine) {
  const auto started = engine.start_experiment(
      {.name = options.name, .challenger = options.challenger, .percent = options.percent, .canary = false});
  if (!started.ok()) return refuse_or_fail(started.error());
  print(*started, options.json);
  return kDone;
}

int stop(const ExperimentsOptions& options, engine::Engine& engine) {
  const auto known = engine.experiments().find(options.name);
  if (!known.ok()) return fail(known.error());
  const base::SystemClock clock;
  const auto ended = engine.experiments().end(*known, experiments::State::kStopped, "by hand", clock.now());
  if (!ended.ok()) return fail(ended.error());
  const auto now = engine.experiments().find(options.name);
  if (!now.ok()) return fail(now.error());
  print(*now, options.json);
  return kDone;
}

json::object object_of(const Difference& rate) {
  if (!rate.known) return {{"known", false}};
  return {{"known", true},   {"control", rate.control}, {"treatment", rate.treatment}, {"difference", rate.difference},
          {"low", rate.low}, {"high", rate.high}};
}

void print(std::string_view name, const Difference& rate) {
  if (!rate.known) {
    fmt::print("  {:<13} not known yet: too few listeners or nothing heard\n", name);
    return;
  }
  fmt::print("  {:<13} {:.4f} → {:.4f}, difference {:+.4f} ({:+.4f} to {:+.4f})\n", name, rate.control, rate.treatment,
             rate.difference, rate.low, rate.high);
}

int report(const ExperimentsOptions& options, engine::Engine& engine) {
  const auto known = engine.experiments().find(options.name);
  if (!known.ok()) return fail(known.error());
  const auto told = experiments::report(*known, engine.catalog(), engine.experiments());
  if (!told.ok()) return fail(told.error());
  const auto observed = engine.experiments().observed(*known);
  if (!observed.ok()) return fail(observed.error());
  const base::SystemClock clock;
  const experiments::Verdict verdict = experiments::judge(*known, *observed, clock.now());
  if (options.json) {
    json::object object = object_of(*known);
    object["listeners"] = {{"control", told->control}, {"treatment", told->treatment}};
    object["skip_rate"] = object_of(told->skip_rate);
    object["play_through"] = object_of(told->play_through);
    object["like_rate"] = object_of(told->like_rate);
    json::object evidence;
    for (const experiments::Watch& watch : verdict.watched) evidence[watch.what] = watch.evidence;
    object["evidence_of_harm"] = std::move(evidence);
    object["alarm_level"] = experiments::alarm_level();
    object["treated_who_heard"] = verdict.treated;
    print_line(object);
    return kDone;
  }
  print(*known, false);
  fmt::print("  listeners     {} and {}\n", told->control, told->treatment);
  print("skip rate", told->skip_rate);
  print("play-through", told->play_through);
  print("like rate", told->like_rate);
  for (const experiments::Watch& watch : verdict.watched) {
    fmt::print("  {:<13} evidence of harm {:.3g} to 1 so far, alarm at {:.0f}\n", watch.what, watch.evidence,
               experiments::alarm_level());
  }
  if (known->plan.canary) {
    fmt::print("  {} of {} treated listeners have heard something\n", verdict.treated, known->plan.listeners);
  }
  return kDone;
}

}  // namespace

int run(const ExperimentsOptions& options) {
  CommonOptions common = options.common;
  common.quiet = true;
  const auto program = Program::open(common);
  if (!program.ok()) return fail(program.error());
  engine::Engine& engine = (*program)->engine();
  switch (options.action) {
    case ExperimentsAction::kStart:
      return start(options, engine);
    case ExperimentsAction::kStop:
      return stop(options, engine);
    case ExperimentsAction::kReport:
      return report(options, engine);
    case ExperimentsAction::kList:
      return list(options, engine.experiments());
  }
  return kDone;
}

}  // namespace mla::apps
