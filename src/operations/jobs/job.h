#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"

namespace mla::jobs {

// queued → running → succeeded, failed or cancelled; running → queued when its runner is gone or stops.
enum class JobState : std::uint8_t { kQueued, kRunning, kSucceeded, kFailed, kCancelled };

// "queued", "running", "succeeded", "failed", "cancelled".
std::string_view to_string(JobState state);
std::optional<JobState> parse_state(std::string_view name);
// True for the last three.
bool has_ended(JobState state);

// How far the current step is.
struct JobProgress {
  std::string step;
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0: unknown
  bool operator==(const JobProgress&) const = default;
};

// Work that somebody asked for and that a Runner does, as the database knows it.
struct Job {
  std::string id;       // 16 hexadecimal digits, drawn at random
  std::string kind;     // what is to be done: "train"
  std::string model;    // what it works on; of one model one job runs at a time
  std::string request;  // JSON that the kind understands
  std::string origin;   // empty: a person; else what asked, once for each name ("schedule ID 2026-11-29T02:00:00.000Z")
  JobState state = JobState::kQueued;
  bool cancel_requested = false;
  int attempt = 0;  // of the current or last run, from 1
  JobProgress progress;
  std::vector<std::string> log;                          // the latest lines, oldest first (JobLog)
  std::string result;                                    // JSON object of a succeeded job
  std::string error;                                     // one line of a failed or cancelled one
  base::UnixMillis created = 0, started = 0, ended = 0;  // 0: not yet
  std::string owner;                                     // the runner that has it; empty unless running
  base::UnixMillis lease_end = 0;  // the owner is taken for gone if it has not renewed its lease by then
};

// The right to work on a job: of one attempt, by one runner.
struct Claim {
  std::string job;
  std::string owner;
  int attempt = 0;
};

// How an attempt ended.
struct Outcome {
  JobState state = JobState::kFailed;  // succeeded, failed or cancelled
  std::string result;                  // JSON object; of succeeded
  std::string error;                   // one line; of the others
};

// The latest lines of a job, each on one line and at most kLineBytes long.
class JobLog {
 public:
  static constexpr std::size_t kLines = 100;
  static constexpr std::size_t kLineBytes = 500;

  JobLog() = default;
  explicit JobLog(const std::vector<std::string>& lines);
  // Line ends become blanks, what is too long is cut; the oldest line goes when there are too many.
  void add(std::string_view line);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

}  // namespace mla::jobs
