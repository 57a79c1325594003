#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/config/settings.h"
#include "front/engine/engine.h"
#include "front/engine/impl/answer_cache.h"
#include "front/engine/impl/async_calls.h"
#include "front/engine/impl/model_host.h"
#include "front/engine/impl/seen_versions.h"
#include "knowledge/catalog/catalog.h"
#include "operations/jobs/job_queue.h"
#include "operations/jobs/schedules.h"
#include "serving/experiments/experiments.h"
#include "serving/recommend/charts.h"
#include "serving/recommend/exposures.h"
#include "serving/recommend/options.h"

namespace mla::engine {

struct Engine::State {
  State(const config::Settings& settings_, const base::Clock& clock_, catalog::Catalog catalog_,
        std::unique_ptr<recommend::Exposures> exposures_, std::unique_ptr<experiments::Experiments> experiments_,
        jobs::JobQueue queue_, jobs::Schedules schedules_, base::WorkerQueue::Watch watch, telemetry::Metrics* metrics,
        cache::SharedTier* shared_)
      : settings(settings_),
        clock(clock_),
        catalog(std::move(catalog_)),
        models(settings_.models.path, catalog, settings_.performance.batch_processing ? kMostTogether : 1),
        charts(catalog),
        exposures(std::move(exposures_)),
        experiments(std::move(experiments_)),
        shared(shared_),
        answers(settings_, shared_, metrics),
        versions(static_cast<std::size_t>(settings_.cache.memory_entries)),
        queue(std::move(queue_)),
        schedules(std::move(schedules_)),
        calls(settings_.performance.threads, static_cast<std::size_t>(settings_.performance.queue_size),
              std::move(watch)) {
    options.exclude_heard_days = settings_.recommendations.exclude_heard_days;
    options.items_per_artist = settings_.recommendations.items_per_artist;
    options.utc_offset_minutes = settings_.recommendations.utc_offset_minutes;
  }

  // True if what this request is answered with is to be remembered, and what was shown before counts.
  bool remembers(const recommend::Request& request) const;
  // What counts of what was shown; nothing if that is not remembered.
  base::Result<std::vector<recommend::Shown>> shown_before(const recommend::Request& request,
                                                           base::UnixMillis now) const;

  // The side of an experiment on which this request is answered.
  struct Side {
    experiments::Experiment experiment;
    experiments::Arm arm;
    Serving serving;
  };
  // Nothing if no experiment runs on what would serve it, or its treatment is not loaded yet.
  std::optional<Side> side_of(const recommend::Request& request, const Serving& served) const;
  // Forgets facts of items that have changed since, in whatever process.
  void see_items(std::int64_t version) const {
    if (seen_items.exchange(version) != version) models.forget_facts();
  }
  // Nothing that anybody was told stays in memory, nor leads there while the database is away.
  void forget_answers() const {
    answers.forget();
    versions.forget();
  }
  // Does so after an erasure, in whatever process. `version` is that of an unknown listener.
  void see_erasures(std::int64_t version) const {
    if (seen_erasures.exchange(version) != version) forget_answers();
  }
  // recommend::recommend with this model.
  base::Result<recommend::Answer> answer(const recommend::Request& request, const Serving& serving,
                                         base::UnixMillis now) const;
  // The answer of the listener's side, noted. Where the treatment has none, `served` answers.
  base::Result<recommend::Answer> answer(const recommend::Request& request, const Side& side, const Serving& served,
                                         base::UnixMillis now) const;
  // The answer of the model that stands in (ModelHost::find_instead) for one that failed, with a note. `failed`
  // itself if that was no mistake of a model's (kInternal), or no other model is there.
  base::Result<recommend::Answer> answer_instead(const recommend::Request& request, const Serving& of_failed,
                                                 base::Error failed, base::UnixMillis now) const;
  // While the database cannot be reached (`why` is kBusy): what was answered to this request when it was last there,
  // with a note, however old; else `why`.
  base::Result<recommend::Answer> kept_answer(const recommend::Request& request, std::string_view answered_by,
                                              std::int64_t day, const base::Error& why) const;
  // Writes what was noted, loads what experiments need, sees what listeners did, and ends what is to end.
  void follow_experiments(const base::CancelFlag& cancel);
  base::Status follow(const experiments::Experiment& experiment, const base::CancelFlag& cancel);
  base::Status end(const experiments::Experiment& experiment, experiments::State state, const std::string& reason);

  // Asks `model` about the latest listeners, as their first plain request would; says of how many. Stops after some
  // seconds.
  std::size_t warm(const LoadedModel& model, const base::CancelFlag& cancel) const;

  // Loads a version and asks it for recommendations: of the latest listeners, and of one that nobody knows. kCorrupt if
  // it has none or confidences that are no probabilities; what an audio model says needs a file, so it is only loaded.
  base::Status try_out(const artifact::Published& version) const;
  // `try_out`, as the registry asks it.
  registry::Check check() const {
    return [this](const artifact::Published& version) { return try_out(version); };
  }

  // kUnsupported for a database that no other process sees: nobody could do a job.
  base::Status require_shared_database() const;
  // The training as a job, after a look at its words. Errors: those of Engine::submit.
  base::Result<jobs::NewJob> job_of(const TrainRequest& request) const;

  // The version, published with its part; of a job that published one before, that one, with its part.
  base::Result<artifact::Published> publish(const artifact::Description& description, const artifact::Writer& writer);
  // The version that a job published before it was interrupted, given its part; nothing if there is none.
  base::Result<std::optional<artifact::Published>> published_by(const std::string& model, const std::string& job);

  const config::Settings& settings;
  const base::Clock& clock;
  catalog::Catalog catalog;
  mutable ModelHost models;
  mutable recommend::Charts charts;
  const std::unique_ptr<recommend::Exposures> exposures;
  const std::unique_ptr<experiments::Experiments> experiments;
  cache::SharedTier* const shared;  // may be nullptr
  mutable AnswerCache answers;
  mutable SeenVersions versions;
  jobs::JobQueue queue;
  jobs::Schedules schedules;
  recommend::Options options;
  // Of scoring requests; more gain little (bench/scan_bench --batch 16) and keep the first waiting.
  static constexpr std::size_t kMostTogether = 8;
  std::mutex following;                                // guards what follows
  std::map<std::int64_t, std::int64_t> looked_until;   // by experiment: listeners whose outcomes were looked for
  mutable std::atomic<std::int64_t> seen_items{0};     // Catalog::Versions::items, of which facts are
  mutable std::atomic<std::int64_t> seen_erasures{0};  // Catalog::Versions::user of an unknown listener
  AsyncCalls calls;                                    // last: they use the others
};

}  // namespace mla::engine
