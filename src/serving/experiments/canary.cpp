#include "serving/experiments/canary.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "serving/experiments/sequential.h"

namespace mla::experiments {
namespace {

constexpr int kTests = 3;
constexpr base::UnixMillis kMillisPerHour = 3'600'000;

Series slowness(Series milliseconds) {
  for (std::vector<double>* arm : {&milliseconds.control, &milliseconds.treatment}) {
    for (double& value : *arm) value = std::clamp(value / kSlowMilliseconds, 0.0, 1.0);
  }
  return milliseconds;
}

}  // namespace

double alarm_level() { return kTests / kFalseAlarm; }

Verdict judge(const Experiment& canary, const Observed& observed, base::UnixMillis now) {
  Verdict verdict;
  verdict.treated = static_cast<std::int64_t>(observed.skipped.treatment.size());
  const int controls = controls_for_one(canary.plan.treated);
  const auto watch = [&](const char* what, const Series& series, double margin) {
    const double evidence = evidence_of_worsening(series.control, series.treatment, controls, margin);
    verdict.watched.push_back({what, evidence});
    if (evidence < alarm_level() || verdict.decision == Decision::kRollBack) return;
    verdict.decision = Decision::kRollBack;
    verdict.reason =
        fmt::format("the {} got worse: evidence {:.0f} to 1, alarm at {:.0f}", what, evidence, alarm_level());
  };
  watch("skip rate", observed.skipped, kSkipMargin);
  watch("latency", slowness(observed.milliseconds), kLatencyMargin);
  watch("error rate", observed.failed, kFailureMargin);
  if (verdict.decision == Decision::kRollBack) return verdict;
  const bool seen = verdict.treated >= canary.plan.listeners;
  const bool long_enough = now - canary.started >= canary.plan.hours * kMillisPerHour;
  if (!seen || !long_enough) return verdict;
  verdict.decision = Decision::kPromote;
  verdict.reason = fmt::format("{} listeners in {} hours or more without an alarm", verdict.treated, canary.plan.hours);
  return verdict;
}

}  // namespace mla::experiments
