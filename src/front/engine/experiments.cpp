// Experiments in the engine: who is answered by what, and what becomes of canaries.
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "foundation/base/log.h"
#include "front/engine/engine.h"
#include "front/engine/impl/state.h"
#include "serving/experiments/canary.h"
#include "serving/experiments/outcomes.h"
#include "serving/recommend/recommend.h"

namespace mla::engine {

using base::Result;
using base::Status;
using experiments::Arm;
using experiments::Decision;
using experiments::Experiment;

namespace {

constexpr int kListenersALook = 2000;  // so that a look does not keep the server from its next one
constexpr int kMostCanaries = 1000;    // of one version

std::string name_of(const artifact::Published& version) { return fmt::format("{}/{}", version.id, version.version); }

// "canary-hybrid-3", "canary-hybrid-3-2", …: the first that was not used.
Result<std::string> canary_name(const artifact::Published& version, const experiments::Experiments& known) {
  const std::string plain = fmt::format("canary-{}-{}", version.id, version.version);
  for (int i = 1; i < kMostCanaries; ++i) {
    std::string name = i == 1 ? plain : fmt::format("{}-{}", plain, i);
    const auto used = known.find(name);
    if (!used.ok() && used.error().code == base::ErrorCode::kNotFound) return name;
    if (!used.ok()) return used.error();
  }
  return base::Error{base::ErrorCode::kInvalidArgument, fmt::format("'{}' was tried too often: give a name", plain)};
}

}  // namespace

experiments::Experiments& Engine::experiments() { return *state_->experiments; }

Result<Experiment> Engine::start_experiment(const ExperimentRequest& request) {
  const registry::Registry& registry = models();
  MLA_ASSIGN(const artifact::Published treatment, registry.resolve(request.challenger, "challenger"));
  MLA_ASSIGN(const artifact::Published control, registry.resolve(treatment.id, "champion"));
  if (!(request.percent > 0 && request.percent < 100)) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("a share of {} % is not between 0 and 100 %", request.percent)};
  }
  experiments::Plan plan{.name = request.name,
                         .model = treatment.id,
                         .control = name_of(control),
                         .treatment = name_of(treatment),
                         .treated = static_cast<int>(std::lround(request.percent / 100 * experiments::kBuckets)),
                         .canary = request.canary,
                         .listeners = request.listeners,
                         .hours = request.hours};
  MLA_CHECK(state_->try_out(treatment));
  if (plan.name.empty() && plan.canary) {
    MLA_ASSIGN(plan.name, canary_name(treatment, *state_->experiments));
  }
  return state_->experiments->start(plan, state_->clock.now());
}

std::optional<Engine::State::Side> Engine::State::side_of(const recommend::Request& request,
                                                          const Serving& served) const {
  if (request.user.empty()) return {};
  const auto running = experiments->running();
  for (const Experiment& one : *running) {
    if (one.plan.control != served.name) continue;
    const auto treatment = models.beside(one.plan.treatment);
    if (!treatment) return {};
    const Arm arm = experiments::arm_of(one.plan.name, request.user, one.plan.treated);
    return Side{one, arm, arm == Arm::kTreatment ? *treatment : served};
  }
  return {};
}

Result<recommend::Answer> Engine::State::answer(const recommend::Request& request, const Serving& serving,
                                                base::UnixMillis now) const {
  MLA_ASSIGN(recommend::Answer answer,
             recommend::recommend(request, catalog, serving.loaded->bundle, *serving.model, serving.loaded->facts,
                                  serving.loaded->opinions, options, now));
  answer.model = serving.name;
  return answer;
}

Result<recommend::Answer> Engine::State::answer(const recommend::Request& request, const Side& side,
                                                const Serving& served, base::UnixMillis now) const {
  const double start = base::monotonic_seconds();
  experiments::Answered noted{.user = request.user, .arm = side.arm, .time = now, .items = {}};
  auto answered = answer(request, side.serving, now);
  if (!answered.ok() && side.arm == Arm::kTreatment) {
    base::log::error("engine", "experiment had no answer",
                     {{"experiment", side.experiment.plan.name}, {"reason", answered.error().message}});
    noted.failed = true;
    answered = answer(request, served, now);
  }
  if (!answered.ok()) return answered;  // the fault of the request, or of something that both need
  noted.milliseconds = 1000 * (base::monotonic_seconds() - start);
  for (const recommend::Recommendation& one : answered->recommendations) noted.items.push_back(one.track_id);
  experiments->note(side.experiment, noted);
  return answered;
}

void Engine::State::follow_experiments(const base::CancelFlag& cancel) {
  const std::lock_guard lock(following);
  const auto failed = [](const base::Error& error) {
    base::log::warning("engine", "cannot follow experiments", {{"reason", error.message}});
  };
  if (const Status flushed = experiments->flush(); !flushed.ok()) failed(flushed.error());
  const auto running = experiments->look();
  if (!running.ok()) return failed(running.error());
  std::set<std::string> needed;
  for (const Experiment& one : **running) {
    if (cancel.cancelled()) return;
    needed.insert(one.plan.treatment);
    if (const Status followed = follow(one, cancel); !followed.ok()) failed(followed.error());
  }
  models.keep_beside(needed);
}

Status Engine::State::end(const Experiment& experiment, experiments::State state, const std::string& reason) {
  MLA_ASSIGN(const bool ended, experiments->end(experiment, state, reason, clock.now()));
  if (ended) {
    base::log::info("engine", "experiment ended",
                    {{"experiment", experiment.plan.name},
                     {"state", experiments::to_string(state)},
                     {"treatment", experiment.plan.treatment},
                     {"reason", reason}});
  }
  MLA_CHECK(experiments->look());  // requests go to the champion from now on
  return {};
}

Status Engine::State::follow(const Experiment& experiment, const base::CancelFlag& cancel) {
  const experiments::Plan& plan = experiment.plan;
  MLA_ASSIGN(const artifact::Published champion, models.registry().resolve(plan.model, "champion"));
  if (name_of(champion) == plan.treatment) return end(experiment, experiments::State::kPromoted, "it became champion");
  if (name_of(champion) != plan.control)
    return end(experiment, experiments::State::kStopped, fmt::format("{} became champion", name_of(champion)));

  const auto treatment = models.registry().resolve(plan.treatment, "champion");
  const Status loaded = treatment.ok()
                            ? models.load_beside(*treatment, [&](const LoadedModel& model) { warm(model, cancel); })
                            : Status(treatment.error());
  if (!loaded.ok()) {
    return end(experiment, plan.canary ? experiments::State::kRolledBack : experiments::State::kStopped,
               fmt::format("{} does not load: {}", plan.treatment, loaded.error().message));
  }
  std::int64_t& until = looked_until[experiment.number];
  MLA_ASSIGN(until, experiments::collect_outcomes(experiment, until, kListenersALook, catalog, *experiments));
  if (!plan.canary) return {};

  MLA_ASSIGN(const experiments::Observed observed, experiments->observed(experiment));
  const experiments::Verdict verdict = experiments::judge(experiment, observed, clock.now());
  switch (verdict.decision) {
    case Decision::kGoOn:
      return {};
    case Decision::kRollBack:
      return end(experiment, experiments::State::kRolledBack, verdict.reason);
    case Decision::kPromote:
      MLA_CHECK(models.registry().promote(*treatment, check()));
      return end(experiment, experiments::State::kPromoted, verdict.reason);
  }
  return {};
}

}  // namespace mla::engine
