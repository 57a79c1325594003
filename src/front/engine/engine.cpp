#include "front/engine/engine.h"

#include <fmt/format.h>

#include "foundation/base/log.h"
#include "front/engine/impl/archive.h"
#include "front/engine/impl/guarded.h"
#include "front/engine/impl/state.h"
#include "front/engine/version.h"
#include "learning/plugins/plugins.h"
#include "learning/tagging/tagger.h"
#include "serving/recommend/recommend.h"

namespace mla::engine {

using base::Result;

namespace {

constexpr std::size_t kMostWarmed = 4096;  // half of what an OpinionCache keeps
constexpr double kWarmSeconds = 10;
constexpr std::size_t kTriedListeners = 3;

}  // namespace

bool Engine::State::remembers(const recommend::Request& request) const {
  return request.remember_shown && settings.recommendations.remember_shown && !request.user.empty();
}

Result<std::vector<recommend::Shown>> Engine::State::shown_before(const recommend::Request& request,
                                                                  base::UnixMillis now) const {
  if (!remembers(request)) return std::vector<recommend::Shown>();
  return exposures->before(request.user, recommend::listener_day(now, request.user, options));
}

std::size_t Engine::State::warm(const LoadedModel& model, const base::CancelFlag& cancel) const {
  const auto users = catalog.latest_users(kMostWarmed);
  if (!users.ok()) return 0;  // the first real request tells
  const double start = base::monotonic_seconds();
  std::size_t asked = 0;
  recommend::Request request;
  for (const base::UserId& user : *users) {
    if (cancel.cancelled() || base::monotonic_seconds() - start > kWarmSeconds) break;
    request.user = user;
    const base::UnixMillis now = clock.now();
    auto shown = shown_before(request, now);
    if (!shown.ok()) break;
    request.shown = std::move(shown).value();
    const auto answer = recommend::recommend(request, catalog, model.bundle, *model.bundle.model, model.facts,
                                             model.opinions, options, now);
    if (!answer.ok()) break;
    ++asked;
  }
  base::log::info("engine", "model warm",
                  {{"model", model.name()}, {"listeners", asked}, {"seconds", base::monotonic_seconds() - start}});
  return asked;
}

Result<recommend::Answer> Engine::State::answer_instead(const recommend::Request& request, const Serving& of_failed,
                                                        base::Error failed, base::UnixMillis now) const {
  if (failed.code != base::ErrorCode::kInternal) return failed;
  const auto other = models.find_instead(of_failed.loaded->published.id);
  if (!other.ok()) return failed;
  auto answered = answer(request, *other, now);
  if (!answered.ok()) return failed;
  answered->notes.push_back(fmt::format("{} answers: {} could not", other->name, of_failed.name));
  return answered;
}

Result<recommend::Answer> Engine::State::kept_answer(const recommend::Request& request, std::string_view answered_by,
                                                     std::int64_t day, const base::Error& why) const {
  if (why.code != base::ErrorCode::kBusy) return why;
  const auto seen = versions.last(request.user);
  if (!seen) return why;
  const auto kept = answers.peek(AnswerCache::key(request, answered_by, day, *seen));
  if (kept == nullptr) return why;
  recommend::Answer answer = *kept;
  answer.notes.emplace_back("the database cannot be reached: this is what was answered before");
  return answer;
}

base::Status Engine::State::try_out(const artifact::Published& version) const {
  const auto objects = [&](std::string_view what) {
    return base::Error{base::ErrorCode::kCorrupt, fmt::format("{}/{} {}", version.id, version.version, what)};
  };
  MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(version.folder));
  const boost::json::value* type = reader.manifest().if_contains("model_type");
  if (type != nullptr && *type == "audio") {
    MLA_CHECK(tagging::Tagger::load(reader));
    return {};
  }
  MLA_ASSIGN(const auto model, load_model(version, catalog));
  std::vector<math::Scored> best;
  MLA_CHECK(guarded([&] {
    model->bundle.model->best({}, {}, 1, best);
    return base::Status();
  }));
  if (best.empty() && model->bundle.items() > 0) return objects("recommends nothing to a new listener");
  MLA_ASSIGN(std::vector<base::UserId> listeners, catalog.latest_users(kTriedListeners));
  listeners.emplace_back();
  for (const base::UserId& listener : listeners) {
    recommend::Request request;
    request.user = listener;
    MLA_ASSIGN(const recommend::Answer answer,
               recommend::recommend(request, catalog, model->bundle, *model->bundle.model, model->facts,
                                    model->opinions, options, clock.now()));
    for (const recommend::Recommendation& one : answer.recommendations) {
      if (one.confidence_score >= 0 && one.confidence_score <= 1) continue;  // NaN is neither
      return objects(fmt::format("gives '{}' a confidence of {}", one.track_id.str(), one.confidence_score));
    }
  }
  return {};
}

namespace {

base::WorkerQueue::Watch watch_of(telemetry::Metrics* metrics) {
  if (metrics == nullptr) return [](std::size_t) {};
  return [waiting = metrics->gauge(telemetry::kQueueSize, {{"queue", "engine"}})](std::size_t calls) {
    waiting.set(static_cast<double>(calls));
  };
}

}  // namespace

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(const config::Settings& settings, store::Database& database,
                                             const base::Clock& clock, telemetry::Metrics* metrics,
                                             cache::SharedTier* shared) {
  MLA_CHECK(plugins::register_plugins(settings.plugins));
  MLA_ASSIGN(catalog::Catalog catalog, catalog::Catalog::open(database));
  MLA_ASSIGN(auto exposures, recommend::Exposures::open(database));
  MLA_ASSIGN(auto experiments, experiments::Experiments::open(database));
  MLA_ASSIGN(jobs::JobQueue queue, jobs::JobQueue::open(database, clock,
                                                        {.lease_seconds = settings.jobs.lease_seconds,
                                                         .attempts = settings.jobs.attempts,
                                                         .keep_days = settings.jobs.keep_days}));
  MLA_ASSIGN(jobs::Schedules schedules, jobs::Schedules::open(database, clock));
  auto state =
      std::make_unique<State>(settings, clock, std::move(catalog), std::move(exposures), std::move(experiments),
                              std::move(queue), std::move(schedules), watch_of(metrics), metrics, shared);
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Result<recommend::Answer> Engine::recommend(const recommend::Request& request) const {
  MLA_ASSIGN(const Serving serving, state_->models.find(request.algorithm));
  const auto versions = state_->catalog.versions(request.user);
  const base::UnixMillis now = state_->clock.now();
  const std::int64_t day = recommend::listener_day(now, request.user, state_->options);
  const auto side = state_->side_of(request, serving);
  const Serving& by = side ? side->serving : serving;
  const std::string answered_by =
      fmt::format("{} {} in experiment {}", by.name, by.loaded->fingerprint, side ? side->experiment.number : 0);
  if (!versions.ok()) return state_->kept_answer(request, answered_by, day, versions.error());
  state_->see_items(versions->items);
  state_->versions.note(request.user, *versions);
  const auto make = [&]() -> Result<recommend::Answer> {
    recommend::Request asked = request;
    MLA_ASSIGN(asked.shown, state_->shown_before(request, now));
    auto answered = side ? state_->answer(asked, *side, serving, now) : state_->answer(asked, serving, now);
    if (!answered.ok()) answered = state_->answer_instead(asked, serving, std::move(answered).error(), now);
    MLA_ASSIGN(recommend::Answer answer, std::move(answered));
    if (state_->remembers(request)) state_->exposures->note(request.user, day, answer.recommendations);
    return answer;
  };
  MLA_ASSIGN(const auto answer,
             state_->answers.get(AnswerCache::key(request, answered_by, day, *versions), by.name, make));
  return *answer;
}

Result<recommend::Answer> Engine::similar(const SimilarRequest& request) const {
  for (const auto* names : {&request.tracks, &request.less_like}) {
    for (const std::string& name : *names) {
      MLA_ASSIGN(const auto id, state_->catalog.resolve(name));
      if (id) continue;
      return base::Error{base::ErrorCode::kNotFound,
                         fmt::format("'{}' is not in the catalogue: give our id, an external id or a path", name)};
    }
  }
  recommend::Request asked;
  asked.reference_tracks = request.tracks;
  asked.less_like = request.less_like;
  asked.knobs = {.diversity_factor = 0, .novelty_factor = 0, .popularity_bias = 0, .temporal_decay = 1};
  asked.limit = request.limit;
  asked.owned_only = request.owned_only;
  asked.clean = request.clean;
  return recommend(asked);
}

Result<catalog::WriteCounts> Engine::add_events(std::span<const catalog::Event> events, std::string_view source) {
  return state_->catalog.add_events(events, source);
}

Result<std::optional<catalog::Item>> Engine::track(const base::ItemId& id) const {
  return state_->catalog.find_item(id);
}

Result<catalog::WriteCounts> Engine::put_track(const catalog::Item& item) { return put_tracks(std::span(&item, 1)); }

Result<catalog::WriteCounts> Engine::put_tracks(std::span<const catalog::Item> items) {
  MLA_ASSIGN(const catalog::WriteCounts counts, state_->catalog.put_items(items));
  state_->models.forget_facts();
  return counts;
}

Result<bool> Engine::remove_track(const base::ItemId& id) {
  MLA_ASSIGN(const bool removed, state_->catalog.remove_item(id));
  if (removed) state_->models.forget_facts();
  return removed;
}

std::size_t Engine::warm(const base::CancelFlag& cancel) const {
  const auto serving = state_->models.find(recommend::Request().algorithm);
  return serving.ok() ? state_->warm(*serving->loaded, cancel) : 0;
}

Result<bool> Engine::reload(const base::CancelFlag& cancel) {
  if (const base::Status flushed = state_->exposures->flush(); !flushed.ok())
    base::log::warning("engine", "what was shown waits to be remembered", {{"reason", flushed.error().message}});
  MLA_ASSIGN(const catalog::Catalog::Versions versions, state_->catalog.versions({}));
  state_->see_items(versions.items);
  state_->see_erasures(versions.user);
  state_->models.verify();
  state_->follow_experiments(cancel);
  return state_->models.reload([&](const LoadedModel& model) { state_->warm(model, cancel); });
}

base::Status Engine::register_model(models::Algorithm own) { return models::register_algorithm(std::move(own)); }

const registry::Registry& Engine::models() const { return state_->models.registry(); }

registry::Check Engine::try_out() const { return state_->check(); }

Health Engine::health() const {
  Health health;
  health.timestamp = state_->clock.now();
  health.version = kVersion;
  health.models_loaded = state_->models.names();
  health.problems = state_->models.problems();
  const auto revision = state_->catalog.revision();
  if (!revision.ok()) health.problems.push_back("database: " + revision.error().message);
  if (state_->shared != nullptr) {
    if (std::string problem = state_->shared->problem(); !problem.empty())
      health.problems.push_back(std::move(problem));
  }
  if (std::string problem = archive_problem(state_->catalog, state_->settings); !problem.empty())
    health.problems.push_back(std::move(problem));
  health.healthy = revision.ok();
  if (health.models_loaded.empty() && state_->models.find("hybrid").ok()) health.models_loaded = state_->models.names();
  health.ready = health.healthy && !health.models_loaded.empty();
  return health;
}

catalog::Catalog& Engine::catalog() { return state_->catalog; }

const base::Clock& Engine::clock() const { return state_->clock; }

}  // namespace mla::engine
