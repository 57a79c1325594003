#include "learning/plugins/impl/library.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "foundation/base/descriptor.h"

namespace mla::plugins {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::uint32_t kMostParameters = 64;

Error failed(const char* what) {
  return {ErrorCode::kInternal, fmt::format("cannot {} a copy of it in memory: {}", what, std::strerror(errno))};
}

// A file in memory that nobody can change any more.
Result<base::Descriptor> sealed_copy(std::string_view bytes) {
  base::Descriptor copy(::memfd_create("plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (copy.get() < 0) return failed("make");
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(copy.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return failed("seal");
  return copy;
}

Error corrupt(std::string_view what) {
  return {ErrorCode::kCorrupt, fmt::format("{}: build it after learning/plugins/plugin.h", what)};
}

base::Status check_parameter(const mla_plugin_parameter& parameter) {
  if (parameter.name == nullptr || parameter.help == nullptr) return corrupt("a parameter has no name or no help");
  const bool ordered = parameter.least <= parameter.fallback && parameter.fallback <= parameter.most;
  if (!ordered || !std::isfinite(parameter.least) || !std::isfinite(parameter.most)) {
    return corrupt(fmt::format("the parameter '{}' is {} by default, which is not between {} and {}", parameter.name,
                               parameter.fallback, parameter.least, parameter.most));
  }
  return {};
}

}  // namespace

base::Status check_plugin(const mla_plugin* plugin) {
  if (plugin == nullptr || plugin->abi != MLA_PLUGIN_ABI) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("it is made for {}, this program has plugin ABI {}: build it with the plugin.h of this "
                             "version",
                             plugin == nullptr ? "another plugin ABI" : fmt::format("plugin ABI {}", plugin->abi),
                             MLA_PLUGIN_ABI)};
  }
  if (plugin->name == nullptr || plugin->version == nullptr || plugin->description == nullptr)
    return corrupt("it has no name, version or description");
  if (plugin->create == nullptr || plugin->destroy == nullptr || plugin->fit == nullptr || plugin->save == nullptr ||
      plugin->load == nullptr || plugin->score == nullptr) {
    return corrupt("one of create, destroy, fit, save, load and score is missing");
  }
  if (plugin->parameter_count > kMostParameters || (plugin->parameter_count > 0 && plugin->parameters == nullptr))
    return corrupt(fmt::format("it says that it has {} parameters", plugin->parameter_count));
  for (std::uint32_t i = 0; i < plugin->parameter_count; ++i) MLA_CHECK(check_parameter(plugin->parameters[i]));
  return {};
}

Result<const mla_plugin*> open_library(std::string_view bytes) {
  MLA_ASSIGN(const base::Descriptor copy, sealed_copy(bytes));
  const std::string path = fmt::format("/proc/self/fd/{}", copy.get());
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::string why = ::dlerror();
    if (why.starts_with(path + ": ")) why.erase(0, path.size() + 2);
    return Error{ErrorCode::kUnsupported, fmt::format("it cannot be loaded: {}", why)};
  }
  void* symbol = ::dlsym(library, "mla_plugin_entry");
  if (symbol == nullptr) {
    return Error{ErrorCode::kUnsupported,
                 "it does not export mla_plugin_entry: it is no plugin, or was built without MLA_PLUGIN_EXPORT"};
  }
  const mla_plugin* plugin = reinterpret_cast<decltype(&mla_plugin_entry)>(symbol)(MLA_PLUGIN_ABI);
  MLA_CHECK(check_plugin(plugin));
  return plugin;
}

}  // namespace mla::plugins
