#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/cache/shared_tier.h"
#include "foundation/config/settings.h"
#include "foundation/store/database.h"
#include "foundation/telemetry/metrics.h"
#include "knowledge/catalog/catalog.h"
#include "learning/models/algorithms.h"
#include "learning/registry/registry.h"
#include "learning/training/auto/selection.h"
#include "learning/training/gate/compare_models.h"
#include "operations/jobs/job_queue.h"
#include "operations/jobs/runner.h"
#include "operations/jobs/schedules.h"
#include "serving/analysis/wanted.h"
#include "serving/analysis/worker.h"
#include "serving/experiments/experiments.h"
#include "serving/recommend/charts.h"
#include "serving/recommend/exposures.h"
#include "serving/recommend/request.h"

namespace mla::engine {

struct Health {
  bool healthy = false;
  bool ready = false;  // database answers and a model is loaded
  base::UnixMillis timestamp = 0;
  std::string version;
  std::vector<std::string> models_loaded;  // "hybrid/3"
  std::vector<std::string> problems;       // one line each
};

struct TrainRequest {
  std::string algorithm = "hybrid";
  std::string parameters_json = "{}";
  std::filesystem::path data_path;       // empty: train from the store
  std::filesystem::path output_path;     // empty: publish into the model path
  training::SelectionOptions automatic;  // of algorithm "auto", which publishes a hybrid of what it chose
  bool update = false;                   // take new data into the served model instead of learning from the start
};

// JSON of a request, for a job that is done later and by another process: paths become absolute.
std::string to_json_text(const TrainRequest& request);
// What to_json_text wrote; kInvalidArgument names what is off.
base::Result<TrainRequest> parse_train_request(std::string_view json);

struct SimilarRequest {
  std::vector<std::string> tracks;          // at least one
  std::vector<std::string> less_like = {};  // see recommend::Request
  int limit = 20;                           // 1 … 500
  bool owned_only = false;
  bool clean = false;
};

// What comes after these tracks.
struct ContinueRequest {
  std::vector<std::string> tracks;  // at least one; each is named by our id, an external id or a path
  bool in_order = false;  // a session, the oldest first: the last count most; else a playlist, all count alike
  std::string algorithm = "hybrid";
  int limit = 20;  // 1 … 500
  bool clean = false;
};

// What is kept of a listener, without what security keeps of the account.
struct ListenerData {
  catalog::UserSummary summary;
  std::vector<base::UserId> friends;
  std::vector<std::pair<std::string, std::string>> import_accounts;  // source, account
  std::vector<recommend::Exposures::Showing> shown;
  std::vector<experiments::Experiments::Participation> experiments;
};

struct AudioRequest {
  std::filesystem::path file;
  std::string name = {};                     // what answer and errors call it; empty: its path
  bool check_kind = false;                   // kInvalidArgument unless extension and decoder agree (file_kind.h)
  std::vector<analysis::Part> without = {};  // parts to leave out, whose keys are null then
  analysis::WorkerOptions worker = {};  // a program that is not ml-analytics: {"/usr/bin/ml-analytics", kWorkerWord}
};

struct ModuleInfo {
  std::string name, version, author;
};

// Raised by whoever asked, to have an answer not made any more; and by the engine when it ends.
using CancelHandle = std::shared_ptr<base::CancelFlag>;

struct ExperimentRequest {
  std::string name;        // experiments::Plan::name; a canary may leave it to the engine
  std::string challenger;  // "hybrid/3", or "hybrid" for its challenger; the champion is the other side
  double percent = 50;     // of the listeners who are answered by the challenger
  bool canary = false;     // ends itself: experiments::Plan
  int listeners = 200;
  int hours = 24;
};

struct TrainReport {
  std::string model;  // "hybrid/3", or the output folder
  std::int64_t users = 0, items = 0, interactions = 0;
  double fit_seconds = 0;
  std::vector<std::string> lines;  // what a person wants to read: parts, weights, validation figures, warnings
};

// Everything below composed: catalogue, models, recommendations. Thread-safe; the model is swapped without a pause.
class Engine {
 public:
  // Opens the catalogue and loads the newest model if there is one. Without a model, recommendations fail with
  // kNotFound and say how to train. What is given must outlive the engine; `metrics` are shown how many asynchronous
  // calls wait (ml_analytics_queue_size{queue="engine"}). Answers that are not in memory are looked for in `shared`,
  // and kept there for other processes with the same database.
  static base::Result<std::unique_ptr<Engine>> open(const config::Settings& settings, store::Database& database,
                                                    const base::Clock& clock, telemetry::Metrics* metrics = nullptr,
                                                    cache::SharedTier* shared = nullptr);
  // Asynchronous calls that run are cancelled, and those that wait answered with kCancelled, before it returns.
  ~Engine();

  static ModuleInfo module_info();

  // With request.remember_shown and a user, what was shown on earlier days comes later, and the answer is remembered.
  base::Result<recommend::Answer> recommend(const recommend::Request& request) const;
  // Items like these; each is named by our id, an external id, or a path. kNotFound names the first that is none.
  base::Result<recommend::Answer> similar(const SimilarRequest& request) const;

  // One answer for each, in their order; each has its own error.
  std::vector<base::Result<recommend::Answer>> recommend_each(std::span<const recommend::Request> requests) const;
  // Answers from these tracks alone, which do not come back. What is not in the catalogue is a note;
  // kInvalidArgument if nothing is.
  base::Result<recommend::Answer> continue_tracks(const ContinueRequest& request) const;
  // See recommend::Charts. REQUIRES: 1 <= limit <= recommend::Charts::kMost.
  base::Result<std::vector<recommend::ChartEntry>> popular(int limit) const;
  base::Result<std::vector<recommend::ChartEntry>> latest(int limit) const;

  // What a file sounds like, with the keys of docs/audio.md, found by a confined process that this starts; genre and
  // mood by the tagger that find_tagger gives, null without one. Takes about a second for a song. Errors: why the file
  // cannot be analysed; kTooLarge if that took too long, kCorrupt if it ended the process; kCancelled within a tenth of
  // a second of the flag.
  base::Result<boost::json::object> analyze_audio(const AudioRequest& request, const base::CancelFlag& cancel) const;

  // The same by and by, on threads of the engine's own (performance.threads; they start with the first call). Of calls
  // that wait for a thread there are performance.queue_size at most: one more is answered kBusy at once. A call whose
  // flag is up when its turn comes is answered kCancelled. Every future gets its answer before the engine has ended.
  std::future<base::Result<recommend::Answer>> recommend_async(recommend::Request request,
                                                               CancelHandle cancel = nullptr) const;
  std::future<base::Result<boost::json::object>> analyze_audio_async(AudioRequest request,
                                                                     CancelHandle cancel = nullptr) const;

  // Durable when it returns; the next recommendation of these users sees them.
  base::Result<catalog::WriteCounts> add_events(std::span<const catalog::Event> events, std::string_view source);
  base::Result<std::optional<catalog::Item>> track(const base::ItemId& id) const;
  base::Result<catalog::WriteCounts> put_track(const catalog::Item& item);
  // All or none.
  base::Result<catalog::WriteCounts> put_tracks(std::span<const catalog::Item> items);
  // False if there is none. It is not recommended any more; its events stay.
  base::Result<bool> remove_track(const base::ItemId& id);

  // What is kept of a person, but for their events (catalog::Catalog::history); nothing for who is not known.
  base::Result<std::optional<ListenerData>> listener(const base::UserId& user) const;
  // Forgets a person: events, friends, accounts of imports, what they were shown, experiments. False if nothing was
  // known. Models forget at their next training; accounts are security's. May be repeated after an error.
  base::Result<bool> erase_listener(const base::UserId& user);

  // Makes a model of the program's own known by its name, for all engines of this process, before or after they are
  // opened (models::register_algorithm says what is refused): TrainRequest::algorithm, Request::algorithm and published
  // versions then mean it. Register before the first question, or `reload` after it.
  base::Status register_model(models::Algorithm own);

  base::Result<TrainReport> train(const TrainRequest& request, base::Work& work);

  // Background jobs: all that are in the database, whoever runs them.
  jobs::JobQueue& jobs();
  // Queues a training, after the same look at its words as `train`'s. Errors: those of the words; kUnsupported for a
  // database in memory, which no other process sees.
  base::Result<jobs::Job> submit(const TrainRequest& request);
  // Queues it again and again, at the times of a cron expression in a time zone (jobs::CronTimes). Errors: those of
  // `submit` and of jobs::Schedules::add.
  base::Result<jobs::Schedule> schedule(const TrainRequest& request, std::string_view expression,
                                        std::string_view zone);
  // All that are in the database.
  jobs::Schedules& schedules();
  // Queues what `promote` does to a version ("hybrid/3", "hybrid/challenger", "hybrid" for its challenger). Errors:
  // those of registry::Registry::resolve and `submit`.
  base::Result<jobs::Job> submit_promotion(std::string_view version, bool force);
  // Queues the analysis of a file, which the job removes at its end; its result calls it `name`. Errors: those of
  // `submit`.
  base::Result<jobs::Job> submit_analysis(const std::filesystem::path& file, std::string_view name);
  // The stems of the names of files whose analysis is queued or running.
  base::Result<std::vector<std::string>> awaited_analyses() const;
  // A runner of jobs, which also follows schedules; it starts `command` for each job (jobs::RunnerOptions) with the
  // limits of the settings. REQUIRES: used while the engine lives.
  jobs::Runner runner(std::vector<std::string> command);
  // What that command does: the work of a claimed job; the JSON of its result. A job that has published its version
  // before it was interrupted publishes no second one. kNotFound: the claim is lost.
  base::Result<std::string> work_on(const jobs::Claim& claim, base::Work& work);

  // Swaps in, warm, what was promoted, rolled back to or published meanwhile, after a look at the bytes of what was
  // loaded last; false if nothing changed. Writes what was shown, and follows experiments: a canary is promoted or
  // rolled back here.
  base::Result<bool> reload(const base::CancelFlag& cancel);

  // Divides the listeners of a model between its champion and another version, from the next `reload` of each process
  // on until it ends. Errors: those of registry::Registry::resolve and experiments::Experiments::start.
  base::Result<experiments::Experiment> start_experiment(const ExperimentRequest& request);
  // All that are in the database.
  experiments::Experiments& experiments();

  // Versions of models and who plays which part.
  const registry::Registry& models() const;
  // Two versions on the most recent events of the catalogue: may the challenger take the champion's place?
  // kUnsupported for models that recommend nothing.
  base::Result<training::Comparison> compare(const artifact::Published& champion, const artifact::Published& challenger,
                                             base::Work& work) const;
  // Whether a version may take the champion's place: kInvalidArgument says why not. There is nothing to compare, and it
  // may, if it is the champion, if there is none that opens, or if the model recommends nothing.
  base::Status passes_gate(const artifact::Published& version, base::Work& work) const;
  // Makes a version champion after a look at its bytes, a recommendation of its own and, unless forced, the gate.
  base::Status promote(const artifact::Published& version, bool force, base::Work& work) const;
  // What a version must pass to become champion, beside its files being whole: it loads and recommends.
  registry::Check try_out() const;
  // Forms opinions about the latest listeners, so that their first questions find them; says about how many. Takes some
  // seconds at most.
  std::size_t warm(const base::CancelFlag& cancel) const;

  Health health() const;
  catalog::Catalog& catalog();
  const base::Clock& clock() const;

 private:
  struct State;
  base::Result<TrainReport> train(const TrainRequest& request, const jobs::Claim* claim, base::Work& work);
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mla::engine

namespace mla {

using Engine = engine::Engine;
using BaseRecommendationModel = models::Recommender;  // what a model of a program's own derives from

}  // namespace mla
