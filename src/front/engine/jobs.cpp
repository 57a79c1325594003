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

Result<jobs::NewJob> Engine::State::job_of(const TrainRequest& request) const {
  MLA_CHECK(check_words(request));
  MLA_ASSIGN(const config::DatabaseAddress database, config::parse_database_url(settings.database.url));
  if (database.location == ":memory:") {
    return Error{ErrorCode::kUnsupported,
                 "a database in memory ends with this program, so nobody could do the job; set DATABASE_URL"};
  }
  MLA_ASSIGN(const std::string model, model_of(request));
  return jobs::NewJob{std::string(kTrain), model, to_json_text(request), ""};
}

Result<jobs::Job> Engine::submit(const TrainRequest& request) {
  MLA_ASSIGN(const jobs::NewJob job, state_->job_of(request));
  return state_->queue.submit(job);
}

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
