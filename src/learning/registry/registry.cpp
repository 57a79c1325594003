#include "learning/registry/registry.h"

#include <algorithm>
#include <cassert>
#include <span>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"
#include "learning/registry/impl/folder_lock.h"

namespace mla::registry {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using artifact::Published;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::string_view kNewest = "newest";

const Published* find(const std::vector<Published>& versions, int number) {
  const auto found =
      std::find_if(versions.begin(), versions.end(), [&](const Published& v) { return v.version == number; });
  return found != versions.end() ? &*found : nullptr;
}

Error no_version(std::string_view id, std::string_view wanted, const std::vector<Published>& versions) {
  std::vector<int> numbers;
  for (const Published& version : versions) numbers.push_back(version.version);
  return {ErrorCode::kNotFound,
          fmt::format("model '{}' has no version {}; it has {}", id, wanted, fmt::join(numbers, ", "))};
}

// Folders from before there were aliases serve their newest version: that is their champion.
Aliases known_or_newest(const Aliases& aliases, const std::vector<Published>& versions) {
  if (aliases.champion != 0 || versions.empty()) return aliases;
  Aliases implied = aliases;
  implied.champion = versions.back().version;
  return implied;
}

std::uint64_t bytes_of(const fs::path& folder) {
  std::uint64_t total = 0;
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(folder, error)) {
    const std::uintmax_t size = file.file_size(error);
    if (!error) total += size;
  }
  return total;
}

Status agreed(const Check& check, const Published& version) { return check ? check(version) : Status(); }

}  // namespace

Result<std::vector<std::string>> Registry::ids() const {
  std::vector<std::string> ids;
  std::error_code error;
  fs::directory_iterator entries(model_path_, error);
  if (error == std::errc::no_such_file_or_directory) return ids;
  if (error) return base::system_error(error.value(), "read", model_path_);
  for (const fs::directory_entry& entry : entries) {
    const std::string id = entry.path().filename().string();
    const auto versions = artifact::versions(model_path_, id);  // refuses names that are no model's
    if (versions.ok() && !versions->empty()) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<std::vector<Published>> Registry::known(std::string_view id) const {
  MLA_ASSIGN(std::vector<Published> versions, artifact::versions(model_path_, id));
  if (!versions.empty()) return versions;
  MLA_ASSIGN(const std::vector<std::string> there, ids());
  return Error{ErrorCode::kNotFound,
               there.empty() ? fmt::format("there is no model '{}', nor any other in '{}'; train one first: "
                                           "ml-analytics train --model-type recommendation",
                                           id, model_path_.string())
                             : fmt::format("there is no model '{}'; there is {}", id, fmt::join(there, ", "))};
}

Result<Entry> Registry::entry(const Published& version) const {
  MLA_ASSIGN(const std::vector<Published> versions, known(version.id));
  const Published* found = find(versions, version.version);
  if (found == nullptr) return no_version(version.id, std::to_string(version.version), versions);
  Entry entry{*found, {}, bytes_of(found->folder), {}, {}};
  if (const auto aliases = read_aliases(folder(version.id)); aliases.ok()) {
    entry.alias = known_or_newest(*aliases, versions).of(version.version);
  }
  const auto reader = artifact::Reader::open(found->folder);
  if (reader.ok()) {
    entry.manifest = reader->manifest();
  } else {
    entry.problem = reader.error().message;
  }
  return entry;
}

Result<std::vector<Entry>> Registry::entries(std::string_view id) const {
  MLA_ASSIGN(const std::vector<Published> versions, known(id));
  std::vector<Entry> entries;
  for (const Published& version : versions) {
    auto one = entry(version);
    if (one.ok()) entries.push_back(*std::move(one));  // else it was removed meanwhile
  }
  return entries;
}

Result<Published> Registry::resolve(std::string_view name, std::string_view otherwise) const {
  const std::size_t slash = name.find('/');
  const std::string_view id = name.substr(0, slash);
  const std::string_view wanted = slash == std::string_view::npos ? otherwise : name.substr(slash + 1);
  MLA_ASSIGN(const std::vector<Published> versions, known(id));
  if (wanted == kNewest) return versions.back();
  if (const auto number = base::parse_integer(wanted)) {
    const bool possible = *number > 0 && *number <= versions.back().version;
    const Published* found = possible ? find(versions, static_cast<int>(*number)) : nullptr;
    return found != nullptr ? Result<Published>(*found) : no_version(id, wanted, versions);
  }
  MLA_ASSIGN(const Aliases aliases, read_aliases(folder(id)));
  const Aliases roles = known_or_newest(aliases, versions);
  for (const Published& version : versions) {
    if (roles.of(version.version) == wanted) return version;
  }
  if (wanted != "champion" && wanted != "challenger" && wanted != "previous") {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is no version of '{}': give a number, champion, challenger, previous or newest", wanted, id)};
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("model '{}' has no {}; name a version: {}/{}", id, wanted, id, versions.back().version)};
}

Result<ServingOrder> Registry::serving_order(std::string_view id) const {
  MLA_ASSIGN(std::vector<Published> versions, artifact::versions(model_path_, id));
  MLA_ASSIGN(const Aliases aliases, read_aliases(folder(id)));
  const auto rank = [&](const Published& v) {
    if (v.version == aliases.champion) return 0;
    if (v.version == aliases.previous) return 1;
    return v.version < aliases.champion ? 2 : 3;
  };
  std::sort(versions.begin(), versions.end(), [&](const Published& a, const Published& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.version > b.version;
  });
  return ServingOrder{aliases, std::move(versions)};
}

Result<Published> Registry::publish(const artifact::Description& description, const artifact::Writer& writer,
                                    Arrival arrival, const Check& check) const {
  MLA_ASSIGN(const Published published, artifact::publish(model_path_, description, writer));
  if (const Status part = take_part(published, arrival, check); !part.ok()) {
    return base::with_context(part.error(), fmt::format("{}/{} is published, but what is served stays as it is",
                                                        published.id, published.version));
  }
  return published;
}

Status Registry::take_part(const Published& published, Arrival arrival, const Check& check) const {
  if (arrival == Arrival::kChampion) MLA_CHECK(agreed(check, published));
  MLA_ASSIGN(const FolderLock lock, FolderLock::acquire(folder(published.id)));
  MLA_ASSIGN(std::vector<Published> versions, artifact::versions(model_path_, published.id));
  if (find(versions, published.version) == nullptr) return Error{ErrorCode::kNotFound, "it was removed meanwhile"};
  std::erase_if(versions, [&](const Published& v) { return v.version >= published.version; });
  MLA_ASSIGN(const Aliases written, read_aliases(folder(published.id)));
  Aliases aliases = known_or_newest(written, versions);
  if (!aliases.of(published.version).empty()) return {};  // somebody promoted it meanwhile
  if (arrival == Arrival::kChampion || aliases.champion == 0) {
    if (published.version < aliases.champion) return {};  // a newer one was faster
    aliases = {published.version, 0, aliases.champion};
  } else {
    aliases.challenger = std::max(aliases.challenger, published.version);
  }
  return write_aliases(folder(published.id), aliases);
}

Result<std::optional<Published>> Registry::of_job(std::string_view id, std::string_view job) const {
  MLA_ASSIGN(std::vector<Published> versions, artifact::versions(model_path_, id));
  std::reverse(versions.begin(), versions.end());
  for (Published& version : versions) {
    const auto reader = artifact::Reader::open(version.folder);
    if (!reader.ok()) continue;  // damaged or removed: it is not the work of anybody
    const json::value* named = reader->manifest().if_contains("job");
    if (named != nullptr && named->is_string() && std::string_view(named->get_string()) == job)
      return std::optional(std::move(version));
  }
  return std::optional<Published>();
}

Status Registry::verify(const Published& version) const {
  MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(version.folder));
  const json::value* id = reader.manifest().if_contains("id");
  if (id == nullptr || !id->is_string() || std::string_view(id->get_string()) != version.id) {
    return Error{
        ErrorCode::kCorrupt,
        fmt::format("'{}' was published as another model ({}), not as '{}': it was put there by hand",
                    version.folder.string(), id != nullptr ? json::serialize(*id) : "without a name", version.id)};
  }
  return reader.verify();
}

Status Registry::promote(const Published& version, const Check& check) const {
  MLA_CHECK(entry(version));
  MLA_CHECK(verify(version));
  MLA_CHECK(agreed(check, version));
  MLA_ASSIGN(const FolderLock lock, FolderLock::acquire(folder(version.id)));
  MLA_ASSIGN(const std::vector<Published> versions, artifact::versions(model_path_, version.id));
  if (find(versions, version.version) == nullptr) {
    return no_version(version.id, std::to_string(version.version), versions);
  }
  const auto written = read_aliases(folder(version.id));
  if (!written.ok() && written.error().code != ErrorCode::kCorrupt) return written.error();
  Aliases aliases = written.ok() ? known_or_newest(*written, versions) : Aliases();
  if (aliases.challenger == version.version) aliases.challenger = 0;
  if (aliases.champion != version.version) aliases.previous = aliases.champion;
  aliases.champion = version.version;
  return write_aliases(folder(version.id), aliases);
}

Result<Published> Registry::rollback(std::string_view id, const Check& check) const {
  MLA_ASSIGN(const Published previous, resolve(id, "previous"));
  MLA_CHECK(verify(previous));
  MLA_CHECK(agreed(check, previous));
  MLA_ASSIGN(const FolderLock lock, FolderLock::acquire(folder(id)));
  MLA_ASSIGN(Aliases aliases, read_aliases(folder(id)));
  if (aliases.previous != previous.version) {
    return Error{ErrorCode::kBusy, fmt::format("somebody else has just promoted or rolled back '{}'; look at "
                                               "ml-analytics models list {} and try again",
                                               id, id)};
  }
  aliases.champion = previous.version;
  aliases.previous = 0;
  MLA_CHECK(write_aliases(folder(id), aliases));
  return previous;
}

Result<std::vector<Published>> Registry::remove_old(std::string_view id, int keep) const {
  assert(keep >= 1);
  MLA_CHECK(known(id));
  MLA_ASSIGN(const FolderLock lock, FolderLock::acquire(folder(id)));
  MLA_ASSIGN(const std::vector<Published> versions, known(id));
  MLA_ASSIGN(const Aliases aliases, read_aliases(folder(id)));
  std::vector<Published> removed;
  const std::size_t candidates = versions.size() - std::min(versions.size(), static_cast<std::size_t>(keep));
  for (const Published& version : std::span(versions).first(candidates)) {
    if (!aliases.of(version.version).empty()) continue;
    MLA_CHECK(artifact::remove(version));
    removed.push_back(version);
  }
  return removed;
}

}  // namespace mla::registry
