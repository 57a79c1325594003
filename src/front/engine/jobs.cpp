#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "foundation/base/json.h"
#include "foundation/config/load.h"
#include "front/engine/engine.h"
#include "front/engine/impl/guarded.h"
#include "front/engine/impl/state.h"
#include "front/engine/impl/train_words.h"
#include "learning/models/algorithms.h"

namespace mla::engine {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kTrain = "train";
constexpr std::string_view kPromote = "promote";
constexpr std::string_view kAnalyze = "analyze";

std::int64_t machine_bytes() { return static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE); }

jobs::JobLimits limits_of(const config::JobSettings& settings) {
  const std::int64_t bytes =
      settings.memory_mb > 0 ? static_cast<std::int64_t>(settings.memory_mb) << 20 : machine_bytes() / 4 * 3;
  return {.seconds = settings.seconds,
          .cpu_seconds = settings.cpu_seconds,
          .memory_bytes = bytes,
          .grace_seconds = settings.grace_seconds};
}

// What the training publishes: the id of the model, or its own folder.
Result<std::string> model_of(const TrainRequest& request) {
  if (!request.output_path.empty()) return absolute_text(request.output_path);
  if (request.algorithm == kAuto) return std::string("hybrid");
  MLA_ASSIGN(const models::Algorithm* algorithm, models::find_algorithm(request.algorithm));
  return algorithm->name;
}

std::string name_of(const artifact::Published& version) { return fmt::format("{}/{}", version.id, version.version); }

// What a request of ours says; kInvalidArgument for one that this version did not write.
template <class T>
Result<T> value_of(std::string_view request, std::string_view key) {
  json::error_code failure;
  const json::value value = json::parse(request, failure);
  const json::value* member = failure || !value.is_object() ? nullptr : value.get_object().if_contains(key);
  if (member != nullptr) {
    const auto read = json::try_value_to<T>(*member);
    if (read.has_value()) return *read;
  }
  return Error{ErrorCode::kInvalidArgument, fmt::format("a job without a valid '{}': '{}'", key, request)};
}

// Every job but a training is done wherever it is begun again: nothing is published.
Result<std::string> do_promotion(const jobs::Job& job, const Engine& engine, base::Work& work) {
  MLA_ASSIGN(const std::string name, value_of<std::string>(job.request, "version"));
  MLA_ASSIGN(const bool force, value_of<bool>(job.request, "force"));
  MLA_ASSIGN(const artifact::Published version, engine.models().resolve(name, "challenger"));
  MLA_CHECK(engine.promote(version, force, work));
  return base::to_json_text(json::object{{"model", name_of(version)}, {"alias", "champion"}});
}

Result<std::string> do_analysis(const jobs::Job& job, const Engine& engine, base::Work& work) {
  MLA_ASSIGN(const std::string file, value_of<std::string>(job.request, "file"));
  MLA_ASSIGN(const std::string name, value_of<std::string>(job.request, "name"));
  const auto analysis = engine.analyze_audio({.file = file, .name = name, .check_kind = true}, work.cancel);
  std::error_code ignored;
  if (analysis.ok() || analysis.error().code != ErrorCode::kCancelled) std::filesystem::remove(file, ignored);
  if (!analysis.ok()) return analysis.error();
  return base::to_json_text(*analysis);
}

}  // namespace

Result<std::optional<artifact::Published>> Engine::State::published_by(const std::string& model,
                                                                       const std::string& job) {
  MLA_ASSIGN(std::optional<artifact::Published> done, models.registry().of_job(model, job));
  if (done) {
    MLA_CHECK(models.registry().take_part(*done, registry::arrival_of(settings.models), check()));
  }
  return done;
}

Result<artifact::Published> Engine::State::publish(const artifact::Description& description,
                                                   const artifact::Writer& writer) {
  if (!description.job.empty()) {
    MLA_ASSIGN(const std::optional<artifact::Published> done, published_by(description.id, description.job));
    if (done) return *done;
  }
  return models.registry().publish(description, writer, registry::arrival_of(settings.models), check());
}

jobs::JobQueue& Engine::jobs() { return state_->queue; }

jobs::Schedules& Engine::schedules() { return state_->schedules; }

base::Status Engine::State::require_shared_database() const {
  MLA_ASSIGN(const config::DatabaseAddress database, config::parse_database_url(settings.database.url));
  if (database.location != ":memory:") return {};
  return Error{ErrorCode::kUnsupported,
               "a database in memory ends with this program, so nobody could do the job; set DATABASE_URL"};
}

Result<jobs::NewJob> Engine::State::job_of(const TrainRequest& request) const {
  MLA_CHECK(check_words(request));
  MLA_CHECK(require_shared_database());
  MLA_ASSIGN(const std::string model, model_of(request));
  return jobs::NewJob{std::string(kTrain), model, to_json_text(request), ""};
}

Result<jobs::Job> Engine::submit(const TrainRequest& request) {
  MLA_ASSIGN(const jobs::NewJob job, state_->job_of(request));
  return state_->queue.submit(job);
}

Result<jobs::Job> Engine::submit_promotion(std::string_view version, bool force) {
  MLA_ASSIGN(const artifact::Published known, models().resolve(version, "challenger"));
  MLA_CHECK(state_->require_shared_database());
  const json::object request{{"version", name_of(known)}, {"force", force}};
  return state_->queue.submit({std::string(kPromote), known.id, base::to_json_text(request), ""});
}

Result<jobs::Job> Engine::submit_analysis(const std::filesystem::path& file, std::string_view name) {
  MLA_CHECK(state_->require_shared_database());
  const json::object request{{"file", absolute_text(file)}, {"name", name}};
  // Named after the file, so that analyses do not wait for each other as trainings of one model do.
  return state_->queue.submit({std::string(kAnalyze), file.stem().string(), base::to_json_text(request), ""});
}

Result<std::vector<std::string>> Engine::awaited_analyses() const { return state_->queue.live(kAnalyze); }

Result<jobs::Schedule> Engine::schedule(const TrainRequest& request, std::string_view expression,
                                        std::string_view zone) {
  MLA_ASSIGN(const jobs::NewJob job, state_->job_of(request));
  return state_->schedules.add(expression, zone, job);
}

jobs::Runner Engine::runner(std::vector<std::string> command) {
  const config::Settings& settings = state_->settings;
  return jobs::Runner(state_->queue, state_->schedules,
                      {.command = std::move(command),
                       .at_once = std::max(1, settings.performance.async_workers),
                       .limits = limits_of(settings.jobs)});
}

Result<std::string> Engine::work_on(const jobs::Claim& claim, base::Work& work) {
  MLA_CHECK(state_->queue.confirm(claim));
  MLA_ASSIGN(const jobs::Job job, state_->queue.find(claim.job));
  if (job.kind == kPromote) return do_promotion(job, *this, work);
  if (job.kind == kAnalyze) return do_analysis(job, *this, work);
  if (job.kind != kTrain) {
    return Error{ErrorCode::kUnsupported, fmt::format("this version does not know jobs of the kind '{}'", job.kind)};
  }
  MLA_ASSIGN(const TrainRequest request, parse_train_request(job.request));
  if (request.output_path.empty()) {  // an attempt before this one may have come as far as publishing
    MLA_ASSIGN(const std::optional<artifact::Published> done, state_->published_by(job.model, job.id));
    if (done) {
      work.progress.note(fmt::format("{} was published before the interruption", name_of(*done)));
      return base::to_json_text(json::object{{"model", name_of(*done)}});
    }
  }
  MLA_ASSIGN(const TrainReport report, guarded([&] { return train(request, &claim, work); }));
  for (const std::string& line : report.lines) work.progress.note(line);
  return base::to_json_text(json::object{{"model", report.model},
                                         {"users", report.users},
                                         {"items", report.items},
                                         {"interactions", report.interactions},
                                         {"fit_seconds", report.fit_seconds}});
}

}  // namespace mla::engine
