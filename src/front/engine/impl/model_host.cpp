#include "front/engine/impl/model_host.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/log.h"
#include "learning/models/algorithms.h"

namespace mla::engine {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kDefaultModel = "hybrid";

Result<training::Bundle> open_bundle(const std::filesystem::path& folder) {
  MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(folder));
  auto bundle = training::load_bundle(reader);
  if (!bundle.ok()) return base::with_context(std::move(bundle).error(), fmt::format("model '{}'", folder.string()));
  return bundle;
}

Error not_trained(std::string_view algorithm) {
  const std::string option = algorithm == kDefaultModel ? "" : fmt::format(" --algorithm {}", algorithm);
  return {ErrorCode::kNotFound,
          fmt::format("no model '{}' is trained yet; run: ml-analytics train --model-type recommendation{}", algorithm,
                      option)};
}

}  // namespace

Result<std::shared_ptr<const LoadedModel>> ModelHost::load_newest(const std::string& id) {
  MLA_ASSIGN(const std::vector<artifact::Published> found, artifact::versions(model_path_, id));
  Error last = not_trained(id);
  for (auto version = found.rbegin(); version != found.rend(); ++version) {
    auto bundle = open_bundle(version->folder);
    const std::lock_guard lock(mutex_);
    if (bundle.ok()) {
      problems_.erase(version->folder.string());
      return std::make_shared<const LoadedModel>(*version, *std::move(bundle), catalog_);
    }
    last = bundle.error();
    if (problems_.emplace(version->folder.string(), last.message).second) {
      base::log::error("engine", "model passed over", {{"folder", version->folder.string()}, {"reason", last.message}});
    }
  }
  return last;
}

void ModelHost::serve(const std::shared_ptr<const LoadedModel>& model) {
  base::log::info("engine", "model loaded", {{"model", model->name()}});
  const std::lock_guard lock(mutex_);
  models_[model->published.id] = model;
}

Result<std::shared_ptr<const LoadedModel>> ModelHost::load_newer(const LoadedModel& current) {
  const std::lock_guard lock(load_mutex_);
  MLA_ASSIGN(const std::vector<artifact::Published> found, artifact::versions(model_path_, current.published.id));
  if (found.empty() || found.back().version <= current.published.version) return std::shared_ptr<const LoadedModel>();
  MLA_ASSIGN(auto newest, load_newest(current.published.id));
  if (newest->published.version == current.published.version) return std::shared_ptr<const LoadedModel>();
  return newest;
}

std::shared_ptr<const LoadedModel> ModelHost::loaded(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(id);
  return found != models_.end() ? found->second : nullptr;
}

Result<std::shared_ptr<const LoadedModel>> ModelHost::get(const std::string& id) {
  if (auto model = loaded(id)) return model;
  const std::lock_guard lock(load_mutex_);
  if (auto model = loaded(id)) return model;
  MLA_ASSIGN(const auto newest, load_newest(id));
  serve(newest);
  return newest;
}

std::vector<std::string> ModelHost::ids_on_disk() const {
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(model_path_, error)) {
    const std::string id = entry.path().filename().string();
    const auto versions = artifact::versions(model_path_, id);
    if (!versions.ok() || versions->empty()) continue;
    found.emplace_back(std::filesystem::last_write_time(versions->back().folder, error), id);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> ids;
  for (auto& [time, id] : found) ids.push_back(std::move(id));
  return ids;
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
  Error reason = own.error();
  for (const std::string& id : ids_on_disk()) {
    auto any = get(id);
    if (any.ok()) return Serving{*any, (*any)->bundle.model.get(), (*any)->name()};
    reason = any.error();  // a damaged model says more than that there is none
  }
  return reason;
}

Result<bool> ModelHost::reload(const std::function<void(const LoadedModel&)>& warm) {
  std::vector<std::shared_ptr<const LoadedModel>> current;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, model] : models_) current.push_back(model);
  }
  if (current.empty()) return find(kDefaultModel).ok();
  bool changed = false;
  for (const auto& model : current) {
    MLA_ASSIGN(const auto newer, load_newer(*model));
    if (newer == nullptr) continue;
    warm(*newer);           // without the load lock: other models are asked for meanwhile
    newer->facts.forget();  // items may have been written meanwhile
    serve(newer);
    changed = true;
  }
  return changed;
}

void ModelHost::forget_facts() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, model] : models_) model->facts.forget();
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
  for (const auto& [folder, line] : problems_) lines.push_back(line);
  return lines;
}

}  // namespace mla::engine
