#pragma once

#include <filesystem>
#include <string_view>

#include "foundation/base/result.h"

namespace mla::registry {

// Which versions of one model have a part to play; 0 = none.
struct Aliases {
  int champion = 0;    // is served
  int challenger = 0;  // waits to be promoted
  int previous = 0;    // was champion before: rollback goes there, and it answers if the champion does not load

  bool operator==(const Aliases&) const = default;

  // "champion", "challenger", "previous", or "" for a version without a part.
  std::string_view of(int version) const;
};

// aliases.json in the folder of a model (docs/formats.md). A missing file has none. kCorrupt, with what to do, if it is
// not what write_aliases wrote.
base::Result<Aliases> read_aliases(const std::filesystem::path& model_folder);

// Replaces the file: whoever reads, or a crash, sees the old aliases or the new ones.
// REQUIRES: the caller holds the lock of the folder.
base::Status write_aliases(const std::filesystem::path& model_folder, const Aliases& aliases);

}  // namespace mla::registry
