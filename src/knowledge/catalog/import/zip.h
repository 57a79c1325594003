#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/import/byte_source.h"

// ZIP archives by libzip (Zip64 included), read where they lie: nothing is unpacked to the disk. A
// member is named as if the archive were a folder: "export.zip/listens/2024/5.jsonl".
namespace mla::catalog {

// True if the file begins like one.
bool is_zip(const std::filesystem::path& file);

// The paths of the files inside, in the order of the archive; what belongs to macOS alone is left out. kCorrupt if this
// is no whole archive.
base::Result<std::vector<std::filesystem::path>> zip_members(const std::filesystem::path& archive);

// The archive and the name inside it, if a part of this path is a file that begins like an archive.
std::optional<std::pair<std::filesystem::path, std::string>> split_zip_path(const std::filesystem::path& path);

// A member, decompressed. kNotFound if there is none of this name, kUnsupported if it is encrypted or compressed
// in a way that libzip does not know. Reading fails with kCorrupt where the bytes are not those that were packed.
base::Result<std::unique_ptr<ByteSource>> open_zip_member(const std::filesystem::path& archive,
                                                          const std::string& member);

}  // namespace mla::catalog
