#include "foundation/config/load.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "foundation/base/file.h"
#include "foundation/base/ip_address.h"
#include "foundation/base/parse.h"
#include "foundation/config/impl/document.h"
#include "foundation/config/impl/embedded.h"
#include "foundation/config/impl/field.h"
#include "foundation/config/keys.h"

namespace mla::config {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1 << 20;

base::Error unknown_key(std::string_view origin, std::string_view name) {
  const std::string near = nearest_key(name);
  return {base::ErrorCode::kInvalidArgument,
          fmt::format("{}: unknown key '{}'; {}", origin, name.substr(0, 200),
                      near.empty() ? "the keys are listed by: ml-analytics config --show"
                                   : fmt::format("did you mean '{}'?", near))};
}

constexpr std::string_view kSealed = "sealed:";

// Sets the key by `set`, with `text` opened before where it is sealed; what was in it stands in no message.
template <class Set>
base::Status apply(Configuration& configuration, const Key& key, std::string& text, const std::string& origin,
                   const Layers& layers, Set set) {
  const bool sealed =
      text.starts_with(kSealed) && std::holds_alternative<std::string*>(key.field(configuration.settings));
  const std::string where = fmt::format("{}: '{}'", origin, key.name);
  if (sealed) {
    auto opened = layers.open_sealed ? layers.open_sealed(key.name, text)
                                     : base::Error{base::ErrorCode::kUnsupported, "sealed values are not opened here"};
    if (!opened.ok()) return base::with_context(opened.error(), where);
    text = *std::move(opened);
  }
  if (auto status = set(); !status.ok()) {
    if (!sealed) return base::with_context(status.error(), origin);
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("{}: what is sealed there is no value of this key{}", where,
                                   range_text(key).empty() ? "" : fmt::format(", {}", range_text(key)))};
  }
  configuration.origins.insert_or_assign(std::string(key.name), origin);
  if (sealed) {
    configuration.sealed.emplace(key.name);
  } else if (const auto before = configuration.sealed.find(key.name); before != configuration.sealed.end()) {
    configuration.sealed.erase(before);
  }
  return {};
}

base::Status apply_text(Configuration& configuration, const Key& key, std::string text, const std::string& origin,
                        const Layers& layers) {
  return apply(configuration, key, text, origin, layers,
               [&] { return set_field(key, configuration.settings, std::string_view(text)); });
}

base::Status apply_file(Configuration& configuration, std::string_view yaml, std::string_view name,
                        const Layers& layers) {
  MLA_ASSIGN(std::vector<Entry> entries, parse_document(yaml, name));
  for (Entry& entry : entries) {
    const std::string origin = fmt::format("{}:{}", name, entry.line);
    const Key* key = find_key(entry.key);
    if (key == nullptr) {
      if (!is_section(entry.key)) return unknown_key(origin, entry.key);
      if (entry.null) continue;
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("{}: '{}' is a section; indent its keys below it", origin, entry.key)};
    }
    std::string none;
    std::string& text = entry.values.size() == 1 ? entry.values[0].text : none;
    MLA_CHECK(apply(configuration, *key, text, origin, layers,
                    [&] { return set_field(*key, configuration.settings, entry); }));
  }
  return {};
}

// As browsers write it in `Origin` (RFC 6454 6.2): what is written otherwise would silently never match.
base::Status check_origin(std::string_view origin, std::size_t of) {
  const auto invalid = [&](std::string_view what) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' is no origin: {}", origin.substr(0, 200), what)};
  };
  if (origin == "*") return of == 1 ? base::Status() : invalid("'*' stands for all of them; write it alone");
  const bool https = origin.starts_with("https://");
  if (!https && !origin.starts_with("http://")) return invalid("write https://app.example or http://localhost:3000");
  const std::string_view place = origin.substr(https ? 8 : 7);
  if (place.empty() || place.find_first_of("/?#@ *") != std::string_view::npos) {
    return invalid("scheme, host and port alone, without a path or a '/' at the end");
  }
  if (base::to_lower(origin) != origin) return invalid("browsers write it in small letters");
  if (place.ends_with(https ? ":443" : ":80")) return invalid("browsers leave out the port that the scheme has anyway");
  return {};
}

// Constraints between keys or within a text, whatever layer the value came from.
base::Status check(const Configuration& configuration) {
  const Settings& settings = configuration.settings;
  const auto where = [&](std::string_view key) {
    const auto origin = configuration.origins.find(key);
    return fmt::format("{}: '{}'", origin == configuration.origins.end() ? "default" : origin->second, key);
  };
  if (auto address = parse_database_url(settings.database.url); !address.ok()) {
    if (configuration.sealed.contains("database.url")) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("{}: what is sealed there is no database URL", where("database.url"))};
    }
    return base::with_context(address.error(), where("database.url"));
  }
  const auto required = [&](std::string_view key, const std::string& text) -> base::Status {
    if (!base::trim(text).empty()) return {};
    return base::Error{base::ErrorCode::kInvalidArgument, where(key) + " must not be empty"};
  };
  MLA_CHECK(required("models.path", settings.models.path));
  MLA_CHECK(required("server.host", settings.server.host));
  if (settings.monitoring.prometheus_port != 0 && settings.monitoring.prometheus_port == settings.server.port) {
    return base::Error{
        base::ErrorCode::kInvalidArgument,
        fmt::format("{} is {}, as server.port is; give it another port, or 0 for /metrics on server.port alone",
                    where("monitoring.prometheus_port"), settings.server.port)};
  }
  if (settings.server.tls_certificate.empty() != settings.server.tls_key.empty()) {
    const bool key = settings.server.tls_certificate.empty();
    return base::Error{
        base::ErrorCode::kInvalidArgument,
        fmt::format("{} is set and server.{} is not; give both, or neither for no TLS",
                    where(key ? "server.tls_key" : "server.tls_certificate"), key ? "tls_certificate" : "tls_key")};
  }
  for (const std::string& network : settings.server.trusted_proxies) {
    if (const auto read = base::IpNetwork::parse(network); !read.ok())
      return base::with_context(read.error(), where("server.trusted_proxies"));
  }
  const std::vector<std::string>& origins = settings.security.cors_origins;
  for (const std::string& origin : origins) {
    if (const auto right = check_origin(origin, origins.size()); !right.ok())
      return base::with_context(right.error(), where("security.cors_origins"));
  }
  return {};
}

}  // namespace

std::optional<std::string> Layers::process_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

base::Status apply_yaml(Configuration& configuration, std::string_view yaml, std::string_view name) {
  return apply_file(configuration, yaml, name, {});
}

base::Result<Configuration> load(const Layers& layers) {
  const auto embedded = embedded_file(layers.environment);
  if (!embedded) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("environment '{}' is not one of dev, staging, production", layers.environment)};
  }
  Configuration configuration;
  configuration.settings.environment = layers.environment;
  MLA_CHECK(apply_file(configuration, *embedded, fmt::format("config/{}.yaml", layers.environment), layers));
  if (!layers.file.empty()) {
    MLA_ASSIGN(const std::string text, base::read_file(layers.file, kMaxFileBytes));
    MLA_CHECK(apply_file(configuration, text, layers.file.string(), layers));
  }
  for (const Key& key : keys()) {
    if (key.variable.empty()) continue;
    if (const auto value = layers.variable(key.variable); value && !value->empty()) {
      MLA_CHECK(apply_text(configuration, key, *value, fmt::format("environment variable {}", key.variable), layers));
    }
  }
  for (const auto& [name, text] : layers.overrides) {
    const Key* key = find_key(name);
    if (key == nullptr) return unknown_key("command line", name);
    MLA_CHECK(apply_text(configuration, *key, text, "command line", layers));
  }
  MLA_CHECK(check(configuration));
  return configuration;
}

std::string render(const Configuration& configuration) {
  Settings settings = configuration.settings;
  std::string text = fmt::format("environment = {}\n", settings.environment);
  for (const Key& key : keys()) {
    std::string value = format_field(key.field(settings));
    if ((key.secret || configuration.sealed.contains(key.name)) && !value.empty()) value = "***";
    const auto origin = configuration.origins.find(key.name);
    text += fmt::format("{} = {}  # {}\n", key.name, mask_password(value),
                        origin == configuration.origins.end() ? "default" : origin->second);
  }
  return text;
}

std::string mask_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t authority = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", authority), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  const std::size_t colon = url.find(':', authority);
  std::string masked(url);
  if (at != std::string_view::npos && at >= authority && colon < at) {
    masked = fmt::format("{}***{}", url.substr(0, colon + 1), url.substr(at));
  }
  // libpq and others also take it as a parameter.
  for (std::size_t found = masked.find("password="); found != std::string::npos;) {
    const std::size_t begin = found + std::string_view("password=").size();
    masked.replace(begin, std::min(masked.find_first_of("&#", begin), masked.size()) - begin, "***");
    found = masked.find("password=", begin);
  }
  return masked;
}

base::Result<DatabaseAddress> parse_database_url(std::string_view url) {
  constexpr std::string_view kSqlite = "sqlite:///";
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return DatabaseAddress{DatabaseAddress::Engine::kSqlite, std::string(url.substr(kSqlite.size()))};
  }
  const std::string_view scheme = url.substr(0, url.find("://"));
  const std::string_view name = scheme.substr(0, scheme.find('+'));
  if (scheme.size() < url.size() && (name == "postgresql" || name == "postgres")) {
    return DatabaseAddress{DatabaseAddress::Engine::kPostgresql,
                           fmt::format("postgresql{}", url.substr(scheme.size()))};
  }
  return base::Error{base::ErrorCode::kInvalidArgument,
                     fmt::format("database URL '{}' is not sqlite:///relative/path, sqlite:////absolute/path or "
                                 "postgresql://user:password@host/name",
                                 mask_password(url))};
}

}  // namespace mla::config
