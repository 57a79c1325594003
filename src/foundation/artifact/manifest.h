#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"

// manifest.json of a model folder (docs/formats.md).
namespace mla::artifact {

// A file that a manifest names.
struct FileEntry {
  std::string name;  // plain: it cannot point outside the folder
  std::uint64_t size = 0;
  std::string sha256;  // lower-case hexadecimal
};

struct Manifest {
  boost::json::object values;
  std::vector<FileEntry> files;
};

// The text of a manifest of today's schema. REQUIRES: no key schema_version, files or sha256 in `values`.
std::string to_text(const boost::json::object& values, const std::vector<FileEntry>& files);

// Reads what to_text writes, and schema 1, which has no seal. kCorrupt for anything else, kUnsupported for another
// schema; messages are sentences about "its manifest".
base::Result<Manifest> parse_manifest(std::string_view text);

}  // namespace mla::artifact
