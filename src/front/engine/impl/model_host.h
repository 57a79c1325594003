#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "learning/registry/registry.h"
#include "learning/training/model_bundle.h"
#include "serving/recommend/facts.h"
#include "serving/recommend/opinion_cache.h"

namespace mla::engine {

// One published version in memory, with what was read of the catalogue for it.
struct LoadedModel {
  LoadedModel(artifact::Published published_, training::Bundle bundle_, const catalog::Catalog& catalog);

  std::string name() const { return published.id + "/" + std::to_string(published.version); }

  artifact::Published published;
  training::Bundle bundle;
  const std::string fingerprint;  // of its manifest, which names the bytes of all its files
  mutable recommend::FactsCache facts;
  mutable recommend::OpinionCache opinions;
};

// A model to answer with: the whole of a loaded one, or a part of it.
struct Serving {
  std::shared_ptr<const LoadedModel> loaded;
  const models::Recommender* model;
  std::string name;  // "hybrid/3", "hybrid/3 (ials)"
};

// A version of a model with everything that answering needs; `together` as for Recommender::answer_together. Fails like
// Reader::open and load_bundle, with its folder.
base::Result<std::shared_ptr<const LoadedModel>> load_model(const artifact::Published& version,
                                                            const catalog::Catalog& catalog, std::size_t together = 1);

// Serves the champion of each model (registry::ServingOrder), loaded when it is first needed, and swaps it when
// somebody promotes or rolls back. A version that does not load is passed over, and one whose bytes turn out to be
// damaged is left when another loads; `problems` says so. Requests that hold the old one finish with it. Thread-safe.
class ModelHost {
 public:
  // Models answer so many questions `together` (Recommender::answer_together).
  ModelHost(const std::filesystem::path& model_path, const catalog::Catalog& catalog, std::size_t together)
      : registry_(model_path), catalog_(catalog), together_(together) {}

  // `algorithm` is a name or alias of models::algorithms(): a model of that name, else a part of the hybrid.
  // "hybrid" takes any model if no hybrid was trained. kNotFound says how to train one.
  base::Result<Serving> find(std::string_view algorithm);

  // What can answer where this model fails to: the hybrid, else the newest other one that loads.
  base::Result<Serving> find_instead(const std::string& id);

  // Looks whether what is loaded is still what should be served, and swaps; true if something changed. `warm` is called
  // with each new one before anybody is answered by it.
  base::Result<bool> reload(const std::function<void(const LoadedModel&)>& warm);
  // Re-reads, once each, the files of what is loaded (hashes, NaN); `reload` then leaves what is damaged. Reads at the
  // speed of the disk: for a thread in the background.
  void verify();
  // Items were written.
  void forget_facts();

  // Keeps a version loaded beside what is served; `warm` as in `reload`. Does nothing if it is loaded.
  base::Status load_beside(const artifact::Published& version, const std::function<void(const LoadedModel&)>& warm);
  // By name ("hybrid/3"); nothing if it is not loaded.
  std::optional<Serving> beside(const std::string& name) const;
  // Lets go of all others.
  void keep_beside(const std::set<std::string>& names);

  std::vector<std::string> names() const;
  // Versions that were passed over, why, and what answers in their place.
  std::vector<std::string> problems() const;
  const registry::Registry& registry() const { return registry_; }

 private:
  using Loaded = std::shared_ptr<const LoadedModel>;
  // What should answer for this model: `current` itself if that is right.
  base::Result<Serving> find_other(std::string_view than, base::Error reason);
  base::Result<Loaded> choose(const std::string& id, const Loaded& current);
  registry::ServingOrder serving_order(const std::string& id, std::vector<std::string>& problems) const;
  // nullptr if `current` stays.
  base::Result<Loaded> choose_other(const Loaded& current);
  void report(const std::string& id, std::vector<std::string> problems);
  void serve(const Loaded& model);
  Loaded loaded(const std::string& id) const;
  std::vector<Loaded> all_loaded() const;
  base::Result<Loaded> get(const std::string& id);
  std::vector<std::string> ids_on_disk() const;

  const registry::Registry registry_;
  const catalog::Catalog& catalog_;
  const std::size_t together_;
  mutable std::mutex mutex_;  // guards the maps
  std::mutex load_mutex_;     // one load at a time
  std::map<std::string, Loaded> models_;
  std::map<std::string, Loaded> beside_;                      // by name "hybrid/3"
  std::map<std::string, std::vector<std::string>> problems_;  // of a model, as it was last chosen
  std::map<std::string, std::string> verified_;               // by name "hybrid/3": what is damaged, or ""
};

}  // namespace mla::engine
