#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "operations/pipelines/library/file_tags.h"

namespace mla::pipelines {

// How a file looked when it was read last: unchanged as long as both numbers are.
struct FileStamp {
  std::int64_t size = 0;         // bytes
  std::int64_t modified_ns = 0;  // since 1970
  bool operator==(const FileStamp&) const = default;
};

// A file that was seen in a music folder, and the item that it is. A copy of a file is an item of its own.
struct LibraryFile {
  base::ItemId item;
  std::string path;  // absolute; any bytes but NUL
  FileStamp stamp;
  std::string payload;                   // payload_digest
  std::optional<base::UnixMillis> gone;  // since when it is not there any more: `path` is where it was
  FileTags tags;                         // empty where for_each was asked to leave them out
  bool operator==(const LibraryFile&) const = default;
};

// The table of files. Thread-safe; what a write acknowledged survives kill -9.
class LibraryFiles {
 public:
  // Brings the schema up to date; refuses a newer one. `database` must outlive this.
  static base::Result<LibraryFiles> open(store::Database& database);

  // Those below `folder` (absolute, without a slash at its end; "" for all), in order of their paths' bytes; of one
  // path what is there comes first.
  base::Status for_each(const std::string& folder, bool with_tags,
                        const std::function<base::Status(LibraryFile)>& visit) const;
  base::Result<std::vector<LibraryFile>> with_payload(const std::string& payload) const;
  base::Result<std::optional<LibraryFile>> find(const base::ItemId& item) const;

  // Adds files, or replaces what is known of an item's: all or none. Of all files that are there, no two have one path.
  base::Status put(std::span<const LibraryFile> files);

 private:
  explicit LibraryFiles(store::Database& database) : database_(&database) {}
  store::Database* database_;
};

}  // namespace mla::pipelines
