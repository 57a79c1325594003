#include "foundation/artifact/manifest.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/artifact/impl/names.h"
#include "foundation/artifact/sealed_json.h"

namespace mla::artifact {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::int64_t kSchemaVersion = 2;
constexpr std::int64_t kUnsealedSchema = 1;

Error corrupt(std::string_view what) { return {ErrorCode::kCorrupt, fmt::format("its manifest {}", what)}; }

Result<std::vector<FileEntry>> listed_files(const json::object& manifest) {
  const json::value* files = manifest.if_contains("files");
  if (files == nullptr || !files->is_array()) return corrupt("lists no files");
  std::vector<FileEntry> entries;
  for (const json::value& file : files->get_array()) {
    const json::object* fields = file.if_object();
    const json::value* name = fields != nullptr ? fields->if_contains("name") : nullptr;
    const json::value* size = fields != nullptr ? fields->if_contains("size") : nullptr;
    const json::value* hash = fields != nullptr ? fields->if_contains("sha256") : nullptr;
    if (name == nullptr || !name->is_string() || size == nullptr || !size->is_int64() || size->get_int64() < 0 ||
        hash == nullptr || !hash->is_string() || !is_plain_name(std::string_view(name->get_string()))) {
      return corrupt("lists a file without a plain name, size or sha256");
    }
    entries.push_back({std::string(name->get_string()), static_cast<std::uint64_t>(size->get_int64()),
                       std::string(hash->get_string())});
  }
  return entries;
}

}  // namespace

std::string to_text(const json::object& values, const std::vector<FileEntry>& files) {
  json::object manifest{{"schema_version", kSchemaVersion}};
  for (const auto& [key, value] : values) manifest[key] = value;
  json::array list;
  for (const FileEntry& file : files) {
    list.push_back(json::object{{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}});
  }
  manifest["files"] = std::move(list);
  return seal(manifest);
}

Result<Manifest> parse_manifest(std::string_view text) {
  boost::system::error_code error;
  const json::value read = json::parse(text, error);
  if (error || !read.is_object()) return corrupt("is not valid JSON");
  const json::value* schema = read.get_object().if_contains("schema_version");
  if (schema == nullptr || !schema->is_int64()) return corrupt("has no schema_version");
  Manifest manifest;
  if (schema->get_int64() == kUnsealedSchema) {
    if (read.get_object().contains("sha256")) return corrupt("was changed: its schema has no seal");
    manifest.values = read.get_object();
  } else if (schema->get_int64() == kSchemaVersion) {
    auto opened = unseal(text);
    if (!opened.ok()) return corrupt(opened.error().message);
    manifest.values = *std::move(opened);
  } else {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("its manifest has schema version {}, this program reads {} and {}; train again with this "
                             "program",
                             schema->get_int64(), kUnsealedSchema, kSchemaVersion)};
  }
  MLA_ASSIGN(manifest.files, listed_files(manifest.values));
  return manifest;
}

}  // namespace mla::artifact
