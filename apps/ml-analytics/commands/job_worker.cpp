#include <new>

#include <fmt/format.h>
#include <unistd.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/job_command.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/child_process.h"
#include "operations/jobs/report.h"

namespace mla::apps {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

Result<std::string> work_on(const JobWorkerOptions& options, base::Progress& progress) {
  MLA_ASSIGN(const auto program, Program::open(options.common));
  base::ThreadPool pool(program->settings().performance.threads);
  base::Work work{pool, progress, stop_flag()};
  return program->engine().work_on({options.job, options.owner, options.attempt}, work);
}

Result<std::string> guarded(const JobWorkerOptions& options, base::Progress& progress) {
  try {
    return work_on(options, progress);
  } catch (const base::Failure& failure) {
    return failure.error();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kTooLarge, "out of memory"};
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, std::string("internal error, please report it: ") + error.what()};
  }
}

}  // namespace

std::vector<std::string> job_command(const CommonOptions& common) {
  std::vector<std::string> words = {"/proc/self/exe", std::string(kJobWorkerWord), "--environment", common.environment};
  if (!common.config_file.empty()) words.insert(words.end(), {"--config", common.config_file});
  for (const auto& [key, value] : common.overrides)
    words.insert(words.end(), {"--set", fmt::format("{}={}", key, value)});
  return words;
}

int run(const JobWorkerOptions& options) {
  if (!jobs::become_worker(base::ChildProcess::kChannel)) {
    return refuse({ErrorCode::kInvalidArgument,
                   "job-worker is started by the program itself; do jobs with: ml-analytics jobs run"});
  }
  jobs::Report report(base::ChildProcess::kChannel);
  const auto result = guarded(options, report);
  if (result.ok()) {
    report.succeeded(*result);
  } else {
    report.failed(result.error());
  }
  // At once: where memory is limited OpenBLAS would wait at exit for threads of its own, which wait for memory.
  ::_exit(result.ok() ? kDone : kWorkFailed);
}

}  // namespace mla::apps
