#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "operations/pipelines/library/library_files.h"

namespace mla::pipelines {

// A file as the folder has it now.
struct SeenFile {
  std::string path;
  FileStamp stamp;
};

// What a scan has to do: the difference between a folder and what was known of it.
struct ScanPlan {
  std::vector<SeenFile> read;         // new, or not as it was: tags and sound have to be looked at
  std::vector<LibraryFile> returned;  // gone before, there again as they were
  std::vector<LibraryFile> missing;   // known as there, not there now
  std::size_t unchanged = 0;
};

// REQUIRES: `seen` sorted by the bytes of their paths, without duplicates; `known` as LibraryFiles::for_each gives
// them. Files below `unread`, folders that could not be looked into, are not called missing.
ScanPlan plan_scan(std::span<const SeenFile> seen, std::span<const LibraryFile> known,
                   std::span<const std::filesystem::path> unread);

}  // namespace mla::pipelines
