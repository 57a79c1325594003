#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "operations/jobs/job.h"

// What the process that does a job's work tells the runner that started it: lines of JSON over the channel of
// base::ChildProcess, one of {"step", "total"}, {"done"}, {"note"}, and at last {"result"} or {"error"}.
namespace mla::jobs {

// The worker's side. Thread-safe; a runner that is gone is not an error here: it takes us with it.
class Report final : public base::Progress {
 public:
  // `channel` must outlive this.
  explicit Report(int channel) : channel_(channel) {}

  // Progress is told at most ten times a second.
  void begin(std::string_view step, std::uint64_t total) override;
  void advance(std::uint64_t units) override;
  void note(std::string_view line) override;
  void end() override {}

  // The last word: `result` is the JSON of an object.
  void succeeded(std::string_view result);
  void failed(const base::Error& error);

 private:
  void send(const std::string& line);

  const int channel_;
  std::mutex mutex_;
  std::int64_t done_ = 0;
  double told_ = 0;  // when, base::monotonic_seconds
};

struct Note {
  std::string line;
};
struct StepBegan {
  std::string name;
  std::int64_t total = 0;
};
struct Done {
  std::int64_t units = 0;
};
struct Succeeded {
  std::string result;
};
struct Failed {
  base::ErrorCode code = base::ErrorCode::kInternal;
  std::string message;
};
using Told = std::variant<Note, StepBegan, Done, Succeeded, Failed>;

// The runner's side: what a line says, without its end; nothing if it says none of these.
std::optional<Told> parse_told(std::string_view line);

// Makes the calling process a worker: the kernel ends it with the thread that started it, it takes less of the
// processor than requests do, and where memory is short it is the one that has to go. False if it was not started by a
// runner, or if that is gone already.
bool become_worker(int channel);

}  // namespace mla::jobs
