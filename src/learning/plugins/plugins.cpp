#include "learning/plugins/plugins.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "foundation/artifact/digest.h"
#include "foundation/base/descriptor.h"
#include "foundation/base/file.h"
#include "foundation/base/log.h"
#include "foundation/base/parse.h"
#include "learning/models/algorithms.h"
#include "learning/plugins/impl/plugin_model.h"

namespace mla::plugins {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;
constexpr std::size_t kHashDigits = 64;

struct Entry {
  std::string sha256;
  std::string path;
};

// "<64 hexadecimal digits>  <path>", as sha256sum prints it; '*' before the path is its mark of binary files.
Result<Entry> parse_entry(std::string_view text) {
  const std::string_view trimmed = base::trim(text);
  Entry entry{base::to_lower(trimmed.substr(0, kHashDigits)), ""};
  const bool hash =
      entry.sha256.size() == kHashDigits && entry.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  std::string_view rest = trimmed.substr(std::min(kHashDigits, trimmed.size()));
  if (hash && rest.starts_with(' ')) {
    rest = base::trim(rest);
    if (rest.starts_with('*')) rest.remove_prefix(1);
    entry.path = rest;
  }
  if (!entry.path.empty()) return entry;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("plugins.allowed: '{}' is no SHA-256 and path: write what `sha256sum FILE` prints", text)};
}

Result<std::string> read_allowed(const Entry& entry) {
  const base::Descriptor file(::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct ::stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return base::system_error(errno, "open plugin", entry.path);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("the plugin '{}' is not a file: name the .so itself", entry.path)};
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return Error{ErrorCode::kPermission,
                 fmt::format("anybody may write to the plugin '{0}': chmod o-w {0}", entry.path)};
  }
  MLA_ASSIGN(std::string bytes, base::read_file(entry.path, kMostBytes));
  const std::string hash = artifact::sha256(std::as_bytes(std::span(bytes)));
  if (hash == entry.sha256) return bytes;
  return Error{ErrorCode::kCorrupt,
               fmt::format("the plugin '{}' was changed: its SHA-256 is {}, allowed is {}; if the change is wanted, "
                           "allow it in plugins.allowed",
                           entry.path, hash, entry.sha256)};
}

models::Algorithm algorithm_of(std::shared_ptr<const Plugin> plugin) {
  models::Algorithm algorithm;
  algorithm.name = plugin->description.name;
  algorithm.description = plugin->description.text;
  algorithm.parameters = plugin->description.parameters;
  algorithm.make = [plugin = std::move(plugin)](const models::Parameters& given) {
    std::vector<double> values;
    for (const models::ParameterSpec& spec : plugin->description.parameters) values.push_back(given.number(spec.name));
    return make_plugin_model(plugin, std::move(values));
  };
  return algorithm;
}

// Registered in this process: hashes by path.
struct Known {
  std::mutex mutex;
  std::map<std::string, std::string> hashes;
};
Known& known() {
  static Known known;
  return known;
}

}  // namespace

base::Status register_plugins(const config::PluginSettings& settings) {
  const std::lock_guard lock(known().mutex);
  for (const std::string& text : settings.allowed) {
    MLA_ASSIGN(const Entry entry, parse_entry(text));
    const auto registered = known().hashes.find(entry.path);
    if (registered != known().hashes.end() && registered->second == entry.sha256) continue;
    auto plugin = std::make_shared<Plugin>();
    MLA_ASSIGN(plugin->bytes, read_allowed(entry));
    plugin->path = entry.path;
    plugin->sha256 = entry.sha256;
    plugin->host = settings.host.empty() ? "/proc/self/exe" : settings.host;
    plugin->score_seconds = settings.score_seconds;
    const std::string which = fmt::format("the plugin '{}'", entry.path);
    if (auto opened = start_plugin(*plugin, &plugin->description); !opened.ok())
      return base::with_context(std::move(opened).error(), which);
    if (base::Status added = models::register_algorithm(algorithm_of(plugin)); !added.ok())
      return base::with_context(std::move(added).error(), which);
    known().hashes[entry.path] = entry.sha256;
    base::log::info("plugins", "plugin registered",
                    {{"name", plugin->description.name},
                     {"version", plugin->description.version},
                     {"path", plugin->path},
                     {"sha256", plugin->sha256}});
  }
  return {};
}

}  // namespace mla::plugins
