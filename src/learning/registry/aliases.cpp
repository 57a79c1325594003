#include "learning/registry/aliases.h"

#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/artifact/sealed_json.h"
#include "foundation/base/file.h"

namespace mla::registry {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kFileName = "aliases.json";
constexpr std::string_view kTemporaryEnd = ".tmp";  // of base::write_file_atomic
constexpr std::uint64_t kMaxBytes = 4096;
constexpr std::int64_t kSchemaVersion = 1;
constexpr int kMaxVersion = 1'000'000'000;

struct Role {
  std::string_view name;
  int Aliases::*version;
};
constexpr Role kRoles[] = {
    {"champion", &Aliases::champion}, {"challenger", &Aliases::challenger}, {"previous", &Aliases::previous}};

Error corrupt(const fs::path& path, std::string_view what) {
  return {ErrorCode::kCorrupt,
          fmt::format("'{}' {}; promote a version to write it anew (ml-analytics models promote MODEL/VERSION)",
                      path.string(), what)};
}

// What a crash between writing and renaming left.
void remove_leftovers(const fs::path& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kFileName) && name.ends_with(kTemporaryEnd)) fs::remove(entry.path(), error);
  }
}

}  // namespace

std::string_view Aliases::of(int version) const {
  for (const Role& role : kRoles) {
    if (version > 0 && this->*role.version == version) return role.name;
  }
  return "";
}

Result<Aliases> read_aliases(const fs::path& model_folder) {
  const fs::path path = model_folder / kFileName;
  const auto text = base::read_file(path, kMaxBytes);
  if (!text.ok() && text.error().code == ErrorCode::kNotFound) return Aliases();
  if (!text.ok() && text.error().code == ErrorCode::kTooLarge) return corrupt(path, "is no list of aliases");
  if (!text.ok()) return text.error();
  const auto opened = artifact::unseal(*text);
  if (!opened.ok()) return corrupt(path, opened.error().message);
  const json::value* schema = opened->if_contains("schema_version");
  if (schema == nullptr || !schema->is_int64()) return corrupt(path, "is no list of aliases");
  if (schema->get_int64() != kSchemaVersion) {
    return Error{ErrorCode::kUnsupported, fmt::format("'{}' has schema version {}, this program reads {}",
                                                      path.string(), schema->get_int64(), kSchemaVersion)};
  }
  Aliases aliases;
  for (const Role& role : kRoles) {
    const json::value* version = opened->if_contains(role.name);
    if (version == nullptr || !version->is_int64() || version->get_int64() < 0 || version->get_int64() > kMaxVersion) {
      return corrupt(path, fmt::format("has no version for '{}'", role.name));
    }
    aliases.*role.version = static_cast<int>(version->get_int64());
  }
  return aliases;
}

base::Status write_aliases(const fs::path& model_folder, const Aliases& aliases) {
  remove_leftovers(model_folder);
  json::object object{{"schema_version", kSchemaVersion}};
  for (const Role& role : kRoles) object[role.name] = aliases.*role.version;
  return base::write_file_atomic(model_folder / kFileName, artifact::seal(object));
}

}  // namespace mla::registry
