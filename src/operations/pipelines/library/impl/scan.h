#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/work.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/import/importer.h"
#include "knowledge/catalog/import/rejects.h"
#include "operations/pipelines/library/impl/identify.h"
#include "operations/pipelines/library/library_files.h"
#include "operations/pipelines/library/scan_plan.h"

namespace mla::pipelines {

// One scan of one folder. Each step is written durably before the next, the catalogue always first: what a crash leaves
// between the two the next scan finds as new or missing again, and settles in the same way.
class Scan {
 public:
  Scan(catalog::Catalog& catalog, LibraryFiles& files, base::Work& work, catalog::Rejects& rejects)
      : catalog_(catalog), files_(files), work_(work), rejects_(rejects), identifier_(files) {}

  // `root`: absolute, canonical. Looks at work.cancel.
  base::Status run(const std::string& root);
  catalog::ImportReport report() const;

 private:
  base::Result<std::vector<SeenFile>> list(const std::string& root, std::vector<std::filesystem::path>& unread);
  base::Status bring_back(std::span<const LibraryFile> returned);
  base::Status read(std::span<const SeenFile> seen);
  std::vector<std::optional<LibraryFile>> read_files(std::span<const SeenFile> seen);
  base::Status settle(std::vector<std::optional<LibraryFile>> read);
  base::Status let_go(std::span<const LibraryFile> missing);
  // Writes the catalogue's paths of these files' items: theirs, or none.
  base::Status set_paths(std::span<const LibraryFile> files);

  catalog::Catalog& catalog_;
  LibraryFiles& files_;
  base::Work& work_;
  catalog::Rejects& rejects_;
  Identifier identifier_;
  std::vector<LibraryFile> known_;  // in order of their paths
  catalog::ImportReport report_;
  std::size_t moved_ = 0;
  std::size_t returned_ = 0;
  std::size_t gone_ = 0;
  std::size_t unchanged_ = 0;
};

}  // namespace mla::pipelines
