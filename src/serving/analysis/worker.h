#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/child_process.h"
#include "foundation/base/result.h"
#include "knowledge/audio/excerpts/excerpts.h"
#include "serving/analysis/wanted.h"

namespace mla::analysis {

// Why a file has no analysis. `code` is one of docs/audio.md: a name of base::ErrorCode, "timed_out" or "crashed".
struct FileError {
  std::string code;
  std::string message;
};

// What became of one file.
struct Outcome {
  boost::json::object analysis;    // as DESIGN 3.1 lists its keys, without "file"; empty if there is an error
  std::string attachment;          // the SVG or the print (print.h) that was asked for
  audio::ExcerptVectors excerpts;  // what genre and mood are found in (tags_json.h)
  std::optional<FileError> error;
};

struct WorkerOptions {
  double seconds = 600;  // processor and wall time a file
  // The program and words that end in worker_main(kWorkerSocket).
  std::vector<std::string> command = {"/proc/self/exe", "analysis-worker"};
};

inline constexpr std::string_view kWorkerWord = "analysis-worker";
inline constexpr int kWorkerSocket = base::ChildProcess::kChannel;

// A process that decodes and analyses files which nobody has to trust, one after the other: this program started anew
// (so that it holds no database, secret or lock of ours, also when we have threads), without our environment, confined
// by impl/sandbox.h before it sees the first file. We open the file and pass the descriptor. Whatever it does,
// `collect` says; a worker that died or was stopped takes no more files: start another. Used by one thread, the one
// that started it (the kernel ends it with that thread).
class Worker {
 public:
  // Starts the process and waits until it is confined. Errors: kInternal if it cannot be.
  static base::Result<std::unique_ptr<Worker>> start(const WorkerOptions& options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Hands over a file. The descriptor stays the caller's. REQUIRES: !busy().
  void submit(int descriptor, std::string_view name, const Wanted& wanted);

  bool busy() const { return busy_; }
  bool alive() const { return process_.alive(); }
  int files_done() const { return files_done_; }
  // To poll for reading, and when to call `collect` at the latest (base::monotonic_seconds).
  int descriptor() const { return process_.channel(); }
  double deadline() const { return deadline_; }
  // The outcome if it is there, or if the process died or is out of time; does not block.
  std::optional<Outcome> collect();

 private:
  Worker() = default;
  Outcome died(std::string_view how);
  Outcome stop(FileError error);
  int reap(bool kill);

  WorkerOptions options_;
  base::ChildProcess process_;
  bool busy_ = false;
  double deadline_ = 0;
  int files_done_ = 0;
  std::string name_;
  std::string received_;
  struct Reading;
  std::shared_ptr<Reading> reading_;
};

// The worker's side; returns the exit code of its process when there are no more requests.
int worker_main(int socket);

}  // namespace mla::analysis
