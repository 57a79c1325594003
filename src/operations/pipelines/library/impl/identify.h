#pragma once

#include <set>
#include <string>

#include "foundation/base/result.h"
#include "operations/pipelines/library/library_files.h"

namespace mla::pipelines {

// How a file that was read came to its item.
enum class Origin : std::uint8_t { kNew, kChanged, kMoved };

// Finds the item of each file that a scan has read. Remembers what it gave away, so that two copies in one scan are
// two items. Not thread-safe.
class Identifier {
 public:
  explicit Identifier(const LibraryFiles& files) : files_(files) {}

  struct Identity {
    base::ItemId item;
    Origin origin = Origin::kNew;
  };
  // `file` has everything but its item; `there` is what was known as being at its path, or nullptr.
  base::Result<Identity> identify(const LibraryFile& file, const LibraryFile* there);

 private:
  // An item of the same sound whose file is where it was no longer; of several the one whose file had the same name.
  base::Result<base::ItemId> moved_from(const LibraryFile& file) const;
  base::Result<base::ItemId> new_item(const std::string& payload) const;

  const LibraryFiles& files_;
  std::set<base::ItemId> given_;
};

}  // namespace mla::pipelines
