#include "knowledge/catalog/import/catalogue_rows.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/import/clean.h"

namespace mla::catalog {
namespace {

// A list inside one field: split at ';' or '|', or at ',' if neither is there.
void add_tags(std::string_view text, std::vector<Tag>& tags) {
  const std::string_view separators = text.find_first_of(";|") == std::string_view::npos ? "," : ";|";
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(separators);
    std::string name = clean_tag(text.substr(0, end));
    const bool fresh = std::ranges::none_of(tags, [&](const Tag& tag) { return tag.name == name; });
    if (!name.empty() && name != "na" && fresh && tags.size() < kMaxTags) tags.push_back({std::move(name), 1});
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// Seconds of "183.5" or "3:03".
std::optional<double> read_seconds(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return base::parse_double(text);
  const auto before = read_seconds(text.substr(0, colon));
  const auto after = base::parse_double(text.substr(colon + 1));
  if (!before || !after) return std::nullopt;
  return *before * 60 + *after;
}

// A bare Spotify id as the URI that people paste.
std::string spotify_uri(std::string_view text) {
  return text.find(':') == std::string_view::npos ? fmt::format("spotify:track:{}", text) : std::string(text);
}

}  // namespace

const std::array<CatalogueRows::Known, CatalogueRows::kFields>& CatalogueRows::known() {
  // In order of preference.
  static const std::array<Known, kFields> table = {{
      {"id", {"id", "track_id", "item_id", "item", "song_id", "recording_id", "artist_id"}},
      {"kind", {"kind"}},
      {"title", {"title", "track_name", "track_title", "song_name", "song_title", "name", "track", "song"}},
      {"artist", {"artist", "track_artist", "artist_name", "artists", "artist_names", "performer"}},
      {"album", {"album", "track_album_name", "album_name", "album_title", "release"}},
      {"release_date", {"release_date", "track_album_release_date", "album_release_date", "date", "released", "year"}},
      {"duration_ms", {"duration_ms", "length_ms", "track_duration_ms"}},
      {"duration", {"duration", "duration_seconds", "duration_s", "length", "seconds"}},
      {"path", {"path", "file", "filename", "location"}},
      {"tags",
       {"tags", "tag", "genres", "genre", "subgenre", "track_genre", "playlist_genre", "playlist_subgenre", "styles",
        "style", "moods", "mood"}},
      {"isrc", {"isrc"}},
      {"mbid", {"mbid", "recording_mbid", "track_mbid", "musicbrainz_id", "musicbrainz_trackid", "artist_mbid"}},
      {"spotify", {"spotify", "spotify_uri", "spotify_id", "spotify_track_uri", "track_uri"}},
      {"acoustid", {"acoustid", "acoustid_id"}},
      {"url", {"url"}},
  }};
  return table;
}

base::Result<CatalogueRows> CatalogueRows::from(const Header& header,
                                                const std::map<std::string, std::vector<std::string>>& given,
                                                std::string_view file) {
  CatalogueRows rows;
  rows.header_ = header.names();
  std::vector<std::string> field_names;
  for (std::size_t field = 0; field < kFields; ++field) {
    field_names.emplace_back(known()[field].field);
    for (const std::string_view column : known()[field].columns) {
      const auto found = header.find(column);
      if (found && (rows.columns_[field].empty() || field == kTags)) rows.columns_[field].push_back(*found);
    }
  }
  // Spotify exports call its id plainly track_id; what gives them away is the album's id beside it.
  if (rows.columns_[kSpotify].empty() && header.find("track_id") && header.find("track_album_id")) {
    rows.columns_[kSpotify].push_back(*header.find("track_id"));
  }
  for (const auto& [name, columns] : given) {
    const auto field = std::ranges::find(field_names, name);
    if (field == field_names.end()) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("'{}' is no field of an item: use {}", name, fmt::join(field_names, ", "))};
    }
    auto& chosen = rows.columns_[static_cast<std::size_t>(field - field_names.begin())];
    chosen.clear();
    for (const std::string& column : columns) {
      const auto found = header.find(normal_name(column));
      if (!found) {
        return base::Error{base::ErrorCode::kInvalidArgument,
                           fmt::format("'{}' has no column '{}' for {}: found {}", file, column, name, header.list())};
      }
      chosen.push_back(*found);
    }
  }
  // Without a column of ids, an identifier from elsewhere or the path serves.
  for (const Field field : {kMbid, kIsrc, kSpotify, kPath}) {
    if (rows.columns_[kId].empty()) rows.columns_[kId] = rows.columns_[field];
  }
  for (const Field field : {kId, kTitle}) {
    if (!rows.columns_[field].empty()) continue;
    const std::string_view name = known()[field].field;
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' has no column that is known to hold the {}: found {}; name it with --columns "
                                   "{}=COLUMN",
                                   file, name, header.list(), name)};
  }
  return rows;
}

bool CatalogueRows::recognises(const Header& header) { return header.size() > 1 && from(header, {}, "").ok(); }

std::string_view CatalogueRows::text(std::span<const std::string_view> fields, Field field) const {
  return columns_[field].empty() ? std::string_view() : base::trim(fields[columns_[field].front()]);
}

void CatalogueRows::read_external_ids(std::span<const std::string_view> fields, Item& item) const {
  for (const Field field : {kIsrc, kMbid, kAcoustid, kUrl}) {
    std::string value = clean_text(text(fields, field));
    if (!value.empty() && value != "NA") item.external_ids.emplace(known()[field].field, std::move(value));
  }
  if (const std::string_view id = text(fields, kSpotify); !id.empty() && id != "NA") {
    item.external_ids.emplace("spotify", clean_text(spotify_uri(id)));
  }
}

std::string CatalogueRows::read(std::span<const std::string_view> fields, Item& item) const {
  if (fields.size() != header_.size())
    return fmt::format("{} columns, the header has {}", fields.size(), header_.size());
  item = Item();
  item.id = base::ItemId(text(fields, kId));
  const std::string kind = base::to_lower(text(fields, kKind));
  if (kind == "artist") item.kind = ItemKind::kArtist;
  if (!kind.empty() && kind != "artist" && kind != "track") {
    return fmt::format("kind '{}' is neither track nor artist", kind.substr(0, 40));
  }
  item.title = clean_text(text(fields, kTitle));
  item.artist = clean_text(text(fields, kArtist));
  item.album = clean_text(text(fields, kAlbum));
  // R writes NA for what it does not know; a song that is really called so has an artist.
  if (item.title == "NA" && item.artist == "NA") item.title = item.artist = item.album = "";
  item.path = clean_text(text(fields, kPath));
  item.release_date = clean_date(text(fields, kReleaseDate));
  const auto milliseconds = base::parse_double(text(fields, kDurationMs));
  const auto seconds =
      milliseconds ? std::optional(*milliseconds / 1000) : read_seconds(text(fields, kDurationSeconds));
  if (seconds && *seconds > 0) item.duration_seconds = seconds;
  for (const std::size_t column : columns_[kTags]) add_tags(fields[column], item.tags);
  read_external_ids(fields, item);
  const base::Status valid = check(item);
  return valid.ok() ? std::string() : valid.error().message;
}

std::string CatalogueRows::describe() const {
  std::vector<std::string> parts;
  for (std::size_t field = 0; field < kFields; ++field) {
    for (const std::size_t column : columns_[field]) {
      parts.push_back(fmt::format("{} from '{}'", known()[field].field, header_[column]));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace mla::catalog
