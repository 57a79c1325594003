#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/commands/audio_model.h"
#include "apps/ml-analytics/program.h"
#include "learning/models/algorithms.h"

namespace mla::apps {
namespace {

int queue(engine::Engine& engine, const engine::TrainRequest& request) {
  const auto job = engine.submit(request);
  if (!job.ok()) return refuse_or_fail(job.error());
  fmt::print("{}\n", job->id);
  fmt::print(stderr,
             "queued: a running server does it, or ml-analytics jobs run --all; see ml-analytics jobs show {}\n",
             job->id);
  return kDone;
}

}  // namespace

int run(const TrainOptions& options) {
  if (options.model_type == "audio" && options.background) {
    return fail({base::ErrorCode::kUnsupported,
                 "--background is for recommendation models: leave it out, audio models are learnt while you wait"});
  }
  if (options.model_type == "audio") return train_audio_model(options);
  if (options.model_type != "recommendation") {
    return fail({base::ErrorCode::kUnsupported,
                 fmt::format("this version does not learn '{}' models yet, only recommendation and audio",
                             options.model_type)});
  }
  CommonOptions common = options.common;
  if (options.verbose) {
    common.quiet = false;
    common.overrides.emplace_back("logging.level", "debug");
  }
  const auto program = Program::open(common);
  if (!program.ok()) return fail(program.error());

  const engine::TrainRequest request = train_request(options);
  if (options.background) return queue((*program)->engine(), request);
  base::ThreadPool pool((*program)->settings().performance.threads);
  const auto progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  const auto report = (*program)->engine().train(request, work);
  progress->end();
  if (!report.ok()) return refuse_or_fail(report.error());
  for (const std::string& line : report->lines) fmt::print("{}\n", line);
  fmt::print("trained {} on {} users, {} items, {} interactions in {:.1f} s\n", report->model, report->users,
             report->items, report->interactions, report->fit_seconds);
  return kDone;
}

}  // namespace mla::apps
