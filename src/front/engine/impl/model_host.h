#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/model_bundle.h"
#include "serving/recommend/facts.h"
#include "serving/recommend/opinion_cache.h"

namespace mla::engine {

// One published version in memory, with what was read of the catalogue for it.
struct LoadedModel {
  LoadedModel(artifact::Published published_, training::Bundle bundle_, const catalog::Catalog& catalog)
      : published(std::move(published_)), bundle(std::move(bundle_)), facts(catalog, bundle) {}

  std::string name() const { return published.id + "/" + std::to_string(published.version); }

  artifact::Published published;
  training::Bundle bundle;
  mutable recommend::FactsCache facts;
  mutable recommend::OpinionCache opinions;
};

// A model to answer with: the whole of a loaded one, or a part of it.
struct Serving {
  std::shared_ptr<const LoadedModel> loaded;
  const models::Recommender* model;
  std::string name;  // "hybrid/3", "hybrid/3 (ials)"
};

// Loads the newest intact version of each model when it is first needed, and swaps in newer ones. Requests that hold
// the old one finish with it. Thread-safe.
class ModelHost {
 public:
  ModelHost(std::filesystem::path model_path, const catalog::Catalog& catalog)
      : model_path_(std::move(model_path)), catalog_(catalog) {}

  // `algorithm` is a name or alias of models::algorithms(): a model of that name, else a part of the hybrid.
  // "hybrid" takes any model if no hybrid was trained. kNotFound says how to train one.
  base::Result<Serving> find(std::string_view algorithm);

  // Loads newer versions of what is loaded and swaps them in; true if there was one. `warm` is called with each before
  // anybody is answered by it.
  base::Result<bool> reload(const std::function<void(const LoadedModel&)>& warm);
  // Items were written.
  void forget_facts();

  std::vector<std::string> names() const;
  // Versions that were passed over, and why.
  std::vector<std::string> problems() const;

 private:
  base::Result<std::shared_ptr<const LoadedModel>> load_newest(const std::string& id);
  // nullptr if there is none.
  base::Result<std::shared_ptr<const LoadedModel>> load_newer(const LoadedModel& current);
  void serve(const std::shared_ptr<const LoadedModel>& model);
  std::shared_ptr<const LoadedModel> loaded(const std::string& id) const;
  base::Result<std::shared_ptr<const LoadedModel>> get(const std::string& id);
  std::vector<std::string> ids_on_disk() const;

  const std::filesystem::path model_path_;
  const catalog::Catalog& catalog_;
  mutable std::mutex mutex_;  // guards the maps
  std::mutex load_mutex_;     // one load at a time
  std::map<std::string, std::shared_ptr<const LoadedModel>> models_;
  std::map<std::string, std::string> problems_;  // by folder
};

}  // namespace mla::engine
