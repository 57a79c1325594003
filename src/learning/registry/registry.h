#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "foundation/config/settings.h"
#include "learning/registry/aliases.h"

namespace mla::registry {

// The last word before a version becomes champion: whoever serves it tries a recommendation with it.
using Check = std::function<base::Status(const artifact::Published&)>;

// What a new version is published as.
enum class Arrival : std::uint8_t {
  kChampion,    // it is served from now on, and the champion before it becomes `previous`
  kChallenger,  // it waits for `promote`; the first version of a model is champion even so
};

// What models.promotion asks for.
inline Arrival arrival_of(const config::ModelSettings& settings) {
  return settings.promotion == "manual" ? Arrival::kChallenger : Arrival::kChampion;
}

// One version as people ask about it.
struct Entry {
  artifact::Published published;
  std::string alias;             // "champion", "challenger", "previous" or ""
  std::uint64_t bytes = 0;       // of its files
  boost::json::object manifest;  // empty if it does not open
  std::string problem;           // why it does not; empty: it does
};

// The versions of one model in the order in which a server should try them: champion, previous, then what is older
// than the champion, then what is newer, the newest first. Without a champion the newest first.
struct ServingOrder {
  Aliases aliases;
  std::vector<artifact::Published> versions;
};

// Models below one folder: versions (artifact::publish) and who plays which part. It knows no kind of model. Any
// number of threads and processes may use the same folder at once; changes of a model wait for each other.
class Registry {
 public:
  explicit Registry(std::filesystem::path model_path) : model_path_(std::move(model_path)) {}

  const std::filesystem::path& model_path() const { return model_path_; }

  // Models with at least one version, by name; none if the folder is missing.
  base::Result<std::vector<std::string>> ids() const;
  // artifact::versions of this folder.
  base::Result<std::vector<artifact::Published>> versions(std::string_view id) const {
    return artifact::versions(model_path_, id);
  }
  // The versions of a model, oldest first. kNotFound, with the names there are, for an unknown one.
  base::Result<std::vector<Entry>> entries(std::string_view id) const;
  // kNotFound for an unknown model or version, with those there are.
  base::Result<Entry> entry(const artifact::Published& version) const;

  // "hybrid/3", "hybrid/champion" or "hybrid", which is `otherwise`: an alias, or "newest".
  // kInvalidArgument or kNotFound says what there is.
  base::Result<artifact::Published> resolve(std::string_view name, std::string_view otherwise) const;

  // Without versions: an empty list and no error. kCorrupt if the aliases cannot be read.
  base::Result<ServingOrder> serving_order(std::string_view id) const;

  // Publishes the next version and gives it its part if `check` agrees. On an error of `check` or of the aliases the
  // version is there, without a part, and the message says so; on any other error nothing is there. Of versions that
  // arrive as champion at once the newest stays champion.
  base::Result<artifact::Published> publish(const artifact::Description& description, const artifact::Writer& writer,
                                            Arrival arrival, const Check& check) const;

  // The second half of `publish`, for a version that a crash kept from its part; changes nothing if it has one.
  base::Status take_part(const artifact::Published& published, Arrival arrival, const Check& check) const;

  // The newest version that is the work of this background job (artifact::Description::job).
  base::Result<std::optional<artifact::Published>> of_job(std::string_view id, std::string_view job) const;

  // Re-reads a version: manifest, id, sizes, hashes, tensor headers, no NaN or infinity. kCorrupt says what is off.
  base::Status verify(const artifact::Published& version) const;

  // Makes `version` champion and the champion before it `previous`, after `verify` and `check`; nothing changes if one
  // of them objects. The champion stays what it is.
  base::Status promote(const artifact::Published& version, const Check& check) const;
  // Makes `previous` champion again; there is no previous version then. kNotFound if there was none before.
  base::Result<artifact::Published> rollback(std::string_view id, const Check& check) const;

  // Removes all versions but the `keep` newest and those with a part; says which. REQUIRES: keep >= 1.
  base::Result<std::vector<artifact::Published>> remove_old(std::string_view id, int keep) const;

 private:
  std::filesystem::path folder(std::string_view id) const { return model_path_ / id; }
  // All versions of a model that has some.
  base::Result<std::vector<artifact::Published>> known(std::string_view id) const;

  const std::filesystem::path model_path_;
};

}  // namespace mla::registry
