#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "serving/experiments/experiments.h"

namespace mla::experiments {

// A canary that does no harm is rolled back with at most this probability, however often it is looked at: a third of it
// for each of the three tests.
inline constexpr double kFalseAlarm = .05;
// What is not yet harm, in the mean of listeners: two points of skip rate, 10 ms of the first answer (answers beyond
// 200 ms count as 200), half a point of failed answers.
inline constexpr double kSkipMargin = .02;
inline constexpr double kSlowMilliseconds = 200;
inline constexpr double kLatencyMargin = 10 / kSlowMilliseconds;
inline constexpr double kFailureMargin = .005;

enum class Decision : std::uint8_t { kGoOn, kPromote, kRollBack };

struct Watch {
  std::string what;     // "skip rate", "latency", "error rate"
  double evidence = 1;  // sequential.h
};

struct Verdict {
  Decision decision = Decision::kGoOn;
  std::string reason;
  std::vector<Watch> watched;
  std::int64_t treated = 0;  // listeners of the treatment who have heard something
};

// The evidence at which an alarm is raised: 3 / kFalseAlarm.
double alarm_level();

// What to do with a canary. It depends on what is in the database and on the time alone, so that replicas agree.
Verdict judge(const Experiment& canary, const Observed& observed, base::UnixMillis now);

}  // namespace mla::experiments
