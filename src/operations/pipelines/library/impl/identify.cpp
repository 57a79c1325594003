#include "operations/pipelines/library/impl/identify.h"

#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "operations/pipelines/library/audio_payload.h"

namespace mla::pipelines {
namespace {

constexpr double kReencodedLength = 5.0;  // seconds that two encodings of one recording may differ in

// True if what lies at a path now is what lay there before, encoded anew: the same title and artist, also if they are
// not known, and about the same length.
bool same_recording(const LibraryFile& now, const LibraryFile& before) {
  const auto& a = now.tags.duration_seconds;
  const auto& b = before.tags.duration_seconds;
  const bool as_long = !a || !b || std::abs(*a - *b) <= kReencodedLength;
  return as_long && now.tags.title == before.tags.title && now.tags.artist == before.tags.artist;
}

// True if the sound of a known file still lies where it lay. What cannot be looked at is not taken from its place.
bool still_there(const LibraryFile& file) {
  const auto payload = payload_digest(file.path);
  return payload.ok() ? *payload == file.payload : payload.error().code != base::ErrorCode::kNotFound;
}

}  // namespace

base::Result<base::ItemId> Identifier::moved_from(const LibraryFile& file) const {
  MLA_ASSIGN(const std::vector<LibraryFile> same, files_.with_payload(file.payload));
  const std::filesystem::path name = std::filesystem::path(file.path).filename();
  base::ItemId found;
  for (const LibraryFile& other : same) {
    if (given_.contains(other.item) || other.path == file.path) continue;
    if (!other.gone && still_there(other)) continue;
    const bool named_alike = std::filesystem::path(other.path).filename() == name;
    if (found.empty() || named_alike) found = other.item;
    if (named_alike) break;
  }
  return found;
}

base::Result<base::ItemId> Identifier::new_item(const std::string& payload) const {
  for (int copy = 1;; ++copy) {
    base::ItemId id("file-" + payload + (copy == 1 ? "" : fmt::format("-{}", copy)));
    if (given_.contains(id)) continue;
    MLA_ASSIGN(const std::optional<LibraryFile> taken, files_.find(id));
    if (!taken) return id;
  }
}

base::Result<Identifier::Identity> Identifier::identify(const LibraryFile& file, const LibraryFile* there) {
  Identity identity;
  if (there != nullptr && there->payload == file.payload) {
    identity = {there->item, Origin::kChanged};
  } else {
    MLA_ASSIGN(identity.item, moved_from(file));
    identity.origin = Origin::kMoved;
    if (identity.item.empty() && there != nullptr) {
      MLA_ASSIGN(const std::optional<LibraryFile> before, files_.find(there->item));
      if (before && same_recording(file, *before)) identity = {there->item, Origin::kChanged};
    }
    if (identity.item.empty()) {
      MLA_ASSIGN(identity.item, new_item(file.payload));
      identity.origin = Origin::kNew;
    }
  }
  given_.insert(identity.item);
  return identity;
}

}  // namespace mla::pipelines
