// What the engine answers beside a single listener's recommendations, and what it keeps of a person.
#include <algorithm>

#include <fmt/format.h>

#include "front/engine/engine.h"
#include "front/engine/impl/state.h"

namespace mla::engine {

using base::Result;

std::vector<Result<recommend::Answer>> Engine::recommend_each(std::span<const recommend::Request> requests) const {
  std::vector<Result<recommend::Answer>> answers;
  answers.reserve(requests.size());
  for (const recommend::Request& request : requests) answers.push_back(recommend(request));
  return answers;
}

Result<recommend::Answer> Engine::continue_tracks(const ContinueRequest& request) const {
  bool any = false;
  for (const std::string& track : request.tracks) {
    MLA_ASSIGN(const auto id, state_->catalog.resolve(track));
    any = any || id.has_value();
  }
  if (!any) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("none of the {} tracks is in the catalogue: give our ids, external ids or paths",
                                   request.tracks.size())};
  }
  recommend::Request asked;
  asked.reference_tracks = request.tracks;
  asked.references_in_order = request.in_order;
  asked.algorithm = request.algorithm;
  asked.limit = request.limit;
  asked.clean = request.clean;
  return recommend(asked);
}

Result<std::vector<recommend::ChartEntry>> Engine::popular(int limit) const {
  return state_->charts.popular(static_cast<std::size_t>(limit), state_->clock.now());
}

Result<std::vector<recommend::ChartEntry>> Engine::latest(int limit) const {
  return state_->charts.latest(static_cast<std::size_t>(limit), state_->clock.now());
}

Result<std::optional<ListenerData>> Engine::listener(const base::UserId& user) const {
  ListenerData data;
  MLA_ASSIGN(const std::optional<catalog::UserSummary> summary, state_->catalog.summary(user));
  MLA_ASSIGN(data.friends, state_->catalog.friends(user));
  MLA_ASSIGN(data.import_accounts, state_->catalog.import_accounts(user));
  MLA_ASSIGN(data.shown, state_->exposures->of(user));
  MLA_ASSIGN(data.experiments, state_->experiments->of(user));
  const bool known = summary || !data.import_accounts.empty() || !data.shown.empty() || !data.experiments.empty();
  if (!known) return std::optional<ListenerData>();
  data.summary = summary.value_or(catalog::UserSummary());
  return std::optional(std::move(data));
}

Result<bool> Engine::erase_listener(const base::UserId& user) {
  MLA_ASSIGN(const bool in_experiments, state_->experiments->erase(user));
  MLA_ASSIGN(const bool was_shown, state_->exposures->erase(user));
  MLA_ASSIGN(const bool in_catalogue, state_->catalog.erase_user(user));
  state_->forget_answers();
  return in_experiments || was_shown || in_catalogue;
}

}  // namespace mla::engine
