#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include "foundation/base/work.h"
#include "serving/analysis/worker.h"

namespace mla::analysis {

struct BatchOptions {
  int jobs = 1;  // worker processes at once
  Wanted wanted = {};
  WorkerOptions worker = {};
};

// Analyses files in `jobs` workers and calls `done(index, outcome)` for each as it is finished, on this thread, in any
// order. A file that cannot be opened, read or decoded, or ends its worker, is an outcome with an error; the worker is
// replaced. Advances `progress` by one a file. Stops early without an error if `done` returns false.
// Errors: kInternal if no worker can be started, kCancelled (files in flight are dropped).
base::Status analyze_files(const std::vector<std::filesystem::path>& files, const BatchOptions& options,
                           base::Progress& progress, const base::CancelFlag& cancel,
                           const std::function<bool(std::size_t index, Outcome outcome)>& done);

}  // namespace mla::analysis
