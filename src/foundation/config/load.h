#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/config/settings.h"

namespace mla::config {

// What lies over the defaults, the later over the earlier: the environment's own file (built into the program from
// config/<environment>.yaml), `file`, environment variables, command line.
struct Layers {
  std::string environment = "dev";  // dev, staging or production
  std::filesystem::path file;       // --config; empty: none
  // The value of an environment variable; an empty one counts as not set.
  std::function<std::optional<std::string>(std::string_view name)> variable = process_variable;
  std::vector<std::pair<std::string, std::string>> overrides;  // key, value as text
  // Opens a text that begins with `sealed:` for the key that it stands at.
  std::function<base::Result<std::string>(std::string_view key, std::string_view sealed)> open_sealed;

  static std::optional<std::string> process_variable(std::string_view name);
};

struct Configuration {
  Settings settings;
  std::map<std::string, std::string, std::less<>> origins;  // by key; what is not here is a default
  std::set<std::string, std::less<>> sealed;                // keys whose value came sealed: never to be shown
};

// kInvalidArgument names the layer ("my.yaml:7", "environment variable LOG_LEVEL", "command line"), what is wrong
// with which value, and the nearest valid key. Files are limited to 1 MiB, 8 levels and no aliases. A text of any layer
// may be sealed (docs/security.md); what is in it is opened in memory alone and told to nobody.
base::Result<Configuration> load(const Layers& layers);

// Lays one YAML text over what is there, without the checks between keys that `load` ends with, and opens nothing that
// is sealed. `name` stands in messages for the file. On an error some keys may be set already.
base::Status apply_yaml(Configuration& configuration, std::string_view yaml, std::string_view name);

// One line a key, "name = value  # origin"; secrets are masked, also passwords inside URLs.
std::string render(const Configuration& configuration);

// `url` with the password replaced by "***".
std::string mask_password(std::string_view url);

// What database.url says.
struct DatabaseAddress {
  enum class Engine { kSqlite, kPostgresql };
  Engine engine;
  std::string location;  // SQLite: the file, or ":memory:"; PostgreSQL: the URL that libpq takes
};

// Reads sqlite:///relative, sqlite:////absolute, sqlite:///:memory:, postgresql://…, postgres://… and SQLAlchemy's
// postgresql+driver://….
base::Result<DatabaseAddress> parse_database_url(std::string_view url);

}  // namespace mla::config
