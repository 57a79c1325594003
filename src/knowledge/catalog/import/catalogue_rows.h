#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/import/header.h"
#include "knowledge/catalog/item.h"

namespace mla::catalog {

// Which columns of a catalogue file hold which field of an item, by common names or by an explicit mapping.
class CatalogueRows {
 public:
  // `given`: column names by field ("title", "tags", …), see fields(). kInvalidArgument for an unknown field, a column
  // that is not there, or a file without anything to use as id or title.
  static base::Result<CatalogueRows> from(const Header& header,
                                          const std::map<std::string, std::vector<std::string>>& given,
                                          std::string_view file);
  // True if the common names alone make sense of this header.
  static bool recognises(const Header& header);

  // Fills `item` (cleared first). Returns "" or the reason why the row is not an item.
  std::string read(std::span<const std::string_view> fields, Item& item) const;

  // "title from 'track_name', artist from 'track_artist', …": what the person should see.
  std::string describe() const;

 private:
  enum Field : std::uint8_t {
    kId,
    kKind,
    kTitle,
    kArtist,
    kAlbum,
    kReleaseDate,
    kDurationMs,
    kDurationSeconds,
    kPath,
    kTags,
    kIsrc,
    kMbid,
    kSpotify,
    kAcoustid,
    kUrl,
    kFields
  };
  struct Known {
    std::string_view field;
    std::vector<std::string_view> columns;
  };
  static const std::array<Known, kFields>& known();
  std::string_view text(std::span<const std::string_view> fields, Field field) const;
  void read_external_ids(std::span<const std::string_view> fields, Item& item) const;

  std::array<std::vector<std::size_t>, kFields> columns_;  // more than one for tags only
  std::vector<std::string> header_;
};

}  // namespace mla::catalog
