#include "front/engine/impl/model_host.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "foundation/artifact/digest.h"
#include "foundation/base/json.h"
#include "foundation/base/log.h"
#include "learning/models/algorithms.h"

namespace mla::engine {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kDefaultModel = "hybrid";

Error not_trained(std::string_view algorithm) {
  const std::string option = algorithm == kDefaultModel ? "" : fmt::format(" --algorithm {}", algorithm);
  return {ErrorCode::kNotFound,
          fmt::format("no model '{}' is trained yet; run: ml-analytics train --model-type recommendation{}", algorithm,
                      option)};
}

std::string fingerprint_of(const boost::json::object& manifest) {
  const std::string text = base::to_json_text(manifest);
  return artifact::sha256(std::as_bytes(std::span(text)));
}

std::string name_of(const artifact::Published& version) { return fmt::format("{}/{}", version.id, version.version); }

}  // namespace

LoadedModel::LoadedModel(artifact::Published published_, training::Bundle bundle_, const catalog::Catalog& catalog)
    : published(std::move(published_)),
      bundle(std::move(bundle_)),
      fingerprint(fingerprint_of(bundle.reader.manifest())),
      facts(catalog, bundle) {}

Result<std::shared_ptr<const LoadedModel>> load_model(const artifact::Published& version,
                                                      const catalog::Catalog& catalog, std::size_t together) {
  MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(version.folder));
  auto bundle = training::load_bundle(reader);
  if (!bundle.ok()) {
    return base::with_context(std::move(bundle).error(), fmt::format("model '{}'", version.folder.string()));
  }
  bundle->model->answer_together(together);
  return std::make_shared<const LoadedModel>(version, *std::move(bundle), catalog);
}

// Damaged aliases cost the choice, not the service: the newest version answers then.
registry::ServingOrder ModelHost::serving_order(const std::string& id, std::vector<std::string>& problems) const {
  auto order = registry_.serving_order(id);
  if (order.ok()) return *std::move(order);
  problems.push_back(order.error().message);
  registry::ServingOrder newest_first;
  if (auto versions = registry_.versions(id); versions.ok()) {
    newest_first.versions.assign(versions->rbegin(), versions->rend());
  }
  return newest_first;
}

Result<ModelHost::Loaded> ModelHost::choose(const std::string& id, const Loaded& current) {
  std::vector<std::string> problems;
  const registry::ServingOrder order = serving_order(id, problems);
  const int champion = order.aliases.champion;
  if (champion != 0 && (order.versions.empty() || order.versions.front().version != champion)) {
    problems.push_back(
        fmt::format("the champion {}/{} is gone from '{}'", id, champion, registry_.model_path().string()));
  }
  Error last = not_trained(id);
  Loaded chosen;
  for (const artifact::Published& version : order.versions) {
    const bool is_current = current != nullptr && current->published.version == version.version;
    std::string damage;
    {
      const std::lock_guard lock(mutex_);
      const auto verified = verified_.find(name_of(version));
      if (verified != verified_.end()) damage = verified->second;
    }
    Result<Loaded> model = !damage.empty() ? Result<Loaded>(Error{ErrorCode::kCorrupt, damage})
                           : is_current    ? Result<Loaded>(current)
                                           : load_model(version, catalog_, together_);
    if (model.ok()) {
      chosen = *std::move(model);
      break;
    }
    last = std::move(model).error();
    problems.push_back(last.message);
  }
  if (chosen == nullptr) chosen = current;  // damaged or removed: it still answers better than nothing
  for (std::string& problem : problems) {
    if (chosen != nullptr) problem += fmt::format("; {} answers", chosen->name());
  }
  report(id, std::move(problems));
  if (chosen == nullptr) return last;
  return chosen;
}

void ModelHost::report(const std::string& id, std::vector<std::string> problems) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string>& known = problems_[id];
  for (const std::string& problem : problems) {
    if (std::find(known.begin(), known.end(), problem) != known.end()) continue;  // was logged
    base::log::error("engine", "model passed over", {{"model", id}, {"reason", problem}});
  }
  known = std::move(problems);
}

void ModelHost::serve(const Loaded& model) {
  base::log::info("engine", "model loaded", {{"model", model->name()}});
  const std::lock_guard lock(mutex_);
  models_[model->published.id] = model;
}

Result<ModelHost::Loaded> ModelHost::choose_other(const Loaded& current) {
  const std::lock_guard lock(load_mutex_);
  MLA_ASSIGN(Loaded chosen, choose(current->published.id, current));
  return chosen == current ? nullptr : std::move(chosen);
}

ModelHost::Loaded ModelHost::loaded(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(id);
  return found != models_.end() ? found->second : nullptr;
}

std::vector<ModelHost::Loaded> ModelHost::all_loaded() const {
  const std::lock_guard lock(mutex_);
  std::vector<Loaded> all;
  for (const auto& [id, model] : models_) all.push_back(model);
  return all;
}

Result<ModelHost::Loaded> ModelHost::get(const std::string& id) {
  if (auto model = loaded(id)) return model;
  const std::lock_guard lock(load_mutex_);
  if (auto model = loaded(id)) return model;
  MLA_ASSIGN(const Loaded chosen, choose(id, nullptr));
  serve(chosen);
  return chosen;
}

std::vector<std::string> ModelHost::ids_on_disk() const {
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> found;
  const auto ids = registry_.ids();
  if (!ids.ok()) return {};
  for (const std::string& id : *ids) {
    const auto versions = registry_.versions(id);
    if (!versions.ok() || versions->empty()) continue;
    std::error_code error;
    found.emplace_back(std::filesystem::last_write_time(versions->back().folder, error), id);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> names;
  for (auto& [time, id] : found) names.push_back(std::move(id));
  return names;
}

Result<Serving> ModelHost::find(std::string_view algorithm) {
  MLA_ASSIGN(const models::Algorithm* known, models::find_algorithm(algorithm));
  auto own = get(known->name);
  if (own.ok()) return Serving{*own, (*own)->bundle.model.get(), (*own)->name()};
  if (own.error().code != ErrorCode::kNotFound) return own.error();

  if (known->name != kDefaultModel) {
    const auto hybrid = get(std::string(kDefaultModel));
    const models::Recommender* part = hybrid.ok() ? (*hybrid)->bundle.model->part(known->name) : nullptr;
    if (part == nullptr) return own.error();
    return Serving{*hybrid, part, fmt::format("{} ({})", (*hybrid)->name(), known->name)};
  }
  return find_other(kDefaultModel, own.error());
}

Result<Serving> ModelHost::find_instead(const std::string& id) {
  const Error none = not_trained(kDefaultModel);
  if (id == kDefaultModel) return find_other(id, none);
  const auto hybrid = get(std::string(kDefaultModel));
  if (!hybrid.ok()) return find_other(id, none);
  return Serving{*hybrid, (*hybrid)->bundle.model.get(), (*hybrid)->name()};
}

// The newest model of another name that loads; else why none does.
Result<Serving> ModelHost::find_other(std::string_view than, Error reason) {
  for (const std::string& id : ids_on_disk()) {
    if (id == than) continue;
    auto any = get(id);
    if (any.ok()) return Serving{*any, (*any)->bundle.model.get(), (*any)->name()};
    reason = any.error();  // a damaged model says more than that there is none
  }
  return reason;
}

Result<bool> ModelHost::reload(const std::function<void(const LoadedModel&)>& warm) {
  const std::vector<Loaded> current = all_loaded();
  if (current.empty()) return find(kDefaultModel).ok();
  bool changed = false;
  for (const Loaded& model : current) {
    MLA_ASSIGN(const Loaded other, choose_other(model));
    if (other == nullptr) continue;
    warm(*other);           // without the load lock: other models are asked for meanwhile
    other->facts.forget();  // items may have been written meanwhile
    serve(other);
    changed = true;
  }
  return changed;
}

void ModelHost::verify() {
  for (const Loaded& model : all_loaded()) {
    {
      const std::lock_guard lock(mutex_);
      if (verified_.contains(model->name())) continue;
    }
    const base::Status intact = registry_.verify(model->published);
    if (!intact.ok() && intact.error().code != ErrorCode::kCorrupt) continue;  // cannot be read now: look again
    const std::lock_guard lock(mutex_);
    verified_[model->name()] = intact.ok() ? "" : intact.error().message;
  }
}

void ModelHost::forget_facts() {
  const std::lock_guard lock(mutex_);
  for (const auto* loaded : {&models_, &beside_}) {
    for (const auto& [name, model] : *loaded) model->facts.forget();
  }
}

base::Status ModelHost::load_beside(const artifact::Published& version,
                                    const std::function<void(const LoadedModel&)>& warm) {
  if (beside(name_of(version))) return {};
  MLA_CHECK(registry_.verify(version));
  MLA_ASSIGN(const Loaded model, load_model(version, catalog_, together_));
  warm(*model);
  base::log::info("engine", "model loaded beside", {{"model", model->name()}});
  const std::lock_guard lock(mutex_);
  beside_[model->name()] = model;
  return {};
}

std::optional<Serving> ModelHost::beside(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = beside_.find(name);
  if (found == beside_.end()) return {};
  return Serving{found->second, found->second->bundle.model.get(), name};
}

void ModelHost::keep_beside(const std::set<std::string>& names) {
  const std::lock_guard lock(mutex_);
  std::erase_if(beside_, [&](const auto& one) { return !names.contains(one.first); });
}

std::vector<std::string> ModelHost::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [id, model] : models_) names.push_back(model->name());
  return names;
}

std::vector<std::string> ModelHost::problems() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& [id, of_model] : problems_) lines.insert(lines.end(), of_model.begin(), of_model.end());
  return lines;
}

}  // namespace mla::engine
