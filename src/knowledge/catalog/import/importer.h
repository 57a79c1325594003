#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/import/rejects.h"

namespace mla::catalog {

struct ImportOptions {
  // Where `<name>.rejects.csv` is written if rows are rejected.
  std::filesystem::path rejects_folder = ".";
  // catalogue-csv: which columns hold a field, by field name; overrides the names that are known. See parse_mapping.
  std::map<std::string, std::vector<std::string>> columns = {};
  // Histories: whose they are.
  std::string user = "me";
  // Histories: take an account that is not the one which was imported for this user before.
  bool merge_accounts = false;
};

// "title=track_name,tags=genre,tags=style": a field may be named several times (only tags use more than one column).
base::Result<std::map<std::string, std::vector<std::string>>> parse_mapping(std::string_view text);

struct ImportReport {
  WriteCounts items;
  WriteCounts events;
  std::int64_t friends = 0;
  std::int64_t rejected = 0;
  std::filesystem::path rejects_file;  // empty if there are none
  std::vector<std::string> notes;      // what the person should know: ignored columns, …
};

// One line: "2,000,000 events added, 3 duplicates, 17 rows rejected (see x.rejects.csv)".
std::string summary(const ImportReport& report);

// One kind of source. Adding one is a file beside its siblings and a line in importer.cpp. Stateless.
class Importer {
 public:
  virtual ~Importer() = default;
  virtual std::string_view name() const = 0;         // as on the command line: "events-csv"
  virtual std::string_view description() const = 0;  // one line for --help
  // True if the path looks like this kind, judged by names and the first bytes.
  virtual bool detect(const std::filesystem::path& path) const = 0;
  // Streams the source into the catalogue in durable batches. Looks at work.cancel: what was written stays, and a
  // second run adds only what is missing. Row errors go to `rejects`; an error means that the rest was not read.
  virtual base::Result<ImportReport> run(const std::filesystem::path& path, const ImportOptions& options,
                                         Catalog& catalog, base::Work& work, Rejects& rejects) const = 0;
};

// Those of this room, in the order in which kinds are detected and help lists them.
std::span<const Importer* const> importers();

// kInvalidArgument with the nearest name.
base::Result<const Importer*> find_importer(std::string_view name,
                                            std::span<const Importer* const> among = importers());

// The first importer that recognises the path; otherwise an error that says why not and lists the kinds.
base::Result<const Importer*> detect_kind(const std::filesystem::path& path,
                                          std::span<const Importer* const> among = importers());

// Runs the importer with a rejects file of its own. An import that rejected every row is an error.
base::Result<ImportReport> import_path(const Importer& importer, const std::filesystem::path& path,
                                       const ImportOptions& options, Catalog& catalog, base::Work& work);

}  // namespace mla::catalog
