#pragma once

#include <filesystem>
#include <vector>

#include "foundation/base/descriptor.h"
#include "foundation/base/result.h"
#include "operations/pipelines/library/tag_writer.h"

namespace mla::pipelines {

// One change of one file.
struct TagChange {
  std::filesystem::path path;
  TagFields before;
  TagFields after;
  bool operator==(const TagChange&) const = default;
};

// NDJSON, one line a change, each on the disk before its file is changed. docs/formats.md has the keys.
class UndoFile {
 public:
  // Errors: kAlreadyExists, kPermission, kIo, kDiskFull.
  static base::Result<UndoFile> create(const std::filesystem::path& path);

  base::Status add(const TagChange& change);

  // In the order in which they were made; a torn last line is left out. Errors: kNotFound, kIo, kPermission; kCorrupt.
  static base::Result<std::vector<TagChange>> read(const std::filesystem::path& path);

 private:
  UndoFile(base::Descriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  base::Descriptor file_;
  std::filesystem::path path_;
};

}  // namespace mla::pipelines
