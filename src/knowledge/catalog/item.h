#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/base/result.h"

namespace mla::catalog {

inline constexpr std::size_t kMaxTextBytes = 4096;  // title, artist, album, path
inline constexpr std::size_t kMaxTags = 1000;       // tags, and external ids, of one item
inline constexpr std::size_t kMaxTagBytes = 256;

enum class ItemKind : std::uint8_t { kTrack, kArtist };

// The tag of what is not for children's ears; `clean` requests leave such items out, models do not learn from it.
inline constexpr std::string_view kExplicitTag = "explicit";

struct Tag {
  std::string name;  // lower case, as people tag: "doom metal"
  float weight = 1;  // > 0: how often it was given
  bool operator==(const Tag&) const = default;
};

// A track or an artist. Empty text and nullopt mean unknown; the id is the source's own.
struct Item {
  base::ItemId id;
  ItemKind kind = ItemKind::kTrack;
  std::string title;   // of an artist: the name
  std::string artist;  // of an artist: empty
  std::string album;
  std::optional<double> duration_seconds;
  std::string path;          // file on this machine
  std::string release_date;  // "1999", "1999-05" or "1999-05-01"
  std::vector<Tag> tags;     // names unique
  // Identifiers elsewhere by scheme: "mbid", "isrc", "spotify", "acoustid", "url".
  std::map<std::string, std::string> external_ids;
  bool operator==(const Item&) const = default;

  // Who to name beside the title: the artist of a track, the artist itself.
  const std::string& artist_name() const { return kind == ItemKind::kArtist ? title : artist; }
  bool is_explicit() const;
};

// kInvalidArgument with the field and the value if a write would be refused: ids of 1 to 512 bytes, text that is UTF-8
// without control characters and within the limits above, weights > 0, tag names unique, a date as shown above.
base::Status check(const Item& item);

}  // namespace mla::catalog
