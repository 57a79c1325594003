#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/import/history.h"
#include "knowledge/catalog/import/history_columns.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

using Fields = std::span<const std::string_view>;

// Where a file has what.
struct Layout {
  std::optional<std::size_t> time, clock, artist, album, title, mbid, user;
  bool has_header = true;
};

// With a header: the names of the exporters in use. Without: what the first row must be.
std::optional<Layout> layout_of(Fields first) {
  const Header header(first);
  Layout layout;
  layout.time = first_column(header, {"uts", "timestamp", "utc_time", "datetime", "date_time", "date", "time",
                                      "scrobble_time", "scrobbled_at"});
  layout.artist = first_column(header, {"artist", "artist_name"});
  layout.title = first_column(header, {"track", "track_name", "title", "song", "song_name", "name"});
  layout.album = first_column(header, {"album", "album_name", "release"});
  layout.mbid = first_column(header, {"track_mbid", "recording_mbid", "mbid"});
  layout.user = first_column(header, {"username", "user_name", "lastfm_user"});
  if (layout.time && layout.artist && layout.title) return layout;
  if (layout.artist || layout.title) return std::nullopt;  // a header that lacks something

  layout = Layout();
  layout.has_header = false;
  const auto is_time = [&](std::size_t i) { return i < first.size() && parse_history_time(base::trim(first[i])).ok(); };
  if (first.size() == 4 && is_time(0) && first[0].find('-') != std::string_view::npos &&
      first[1].find(':') != std::string_view::npos) {
    // date, clock, artist, track
    layout.time = 0;
    layout.clock = 1;
    layout.artist = 2;
    layout.title = 3;
    return layout;
  }
  if (first.size() == 4 && (is_time(3) || base::trim(first[3]).empty())) {
    // artist, album, track, "31 Jul 2019 12:34": benjaminbenben.com/lastfm-to-csv
    layout.artist = 0;
    layout.album = 1;
    layout.title = 2;
    layout.time = 3;
    return layout;
  }
  if (first.size() == 8 && is_time(0)) {
    // uts, utc_time, artist, artist_mbid, album, album_mbid, track, track_mbid
    layout.time = 0;
    layout.artist = 2;
    layout.album = 4;
    layout.title = 6;
    layout.mbid = 7;
    return layout;
  }
  return std::nullopt;
}

std::string read_row(Fields fields, const Layout& layout, HistorySink& sink) {
  Listen listen;
  listen.item.artist = column_text(fields, layout.artist);
  listen.item.title = column_text(fields, layout.title);
  listen.item.album = column_text(fields, layout.album);
  if (listen.item.artist.empty() || listen.item.title.empty()) return "no artist or no track";
  if (const std::string_view mbid = column_text(fields, layout.mbid); !mbid.empty() && mbid.size() <= kMaxIdBytes) {
    listen.item.external_ids.emplace("mbid", mbid);
  }
  std::string when(column_text(fields, layout.time));
  if (layout.clock) when += fmt::format(" {}", column_text(fields, layout.clock));
  if (when.empty()) {
    sink.pass_over("rows without a time (playing now)");
    return {};
  }
  const auto time = parse_history_time(when);
  if (!time.ok()) return time.error().message;
  if (*time < base::kMillisPerDay) {
    sink.pass_over("rows of 1 January 1970 (no time known)");
    return {};
  }
  listen.time = *time;
  listen.account = column_text(fields, layout.user);
  return sink.add(std::move(listen));
}

base::Status read_file(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects) {
  CsvReader reader(source);
  MLA_ASSIGN(const CsvReader::Row first, reader.next());
  const auto layout = first == CsvReader::Row::kFields ? layout_of(reader.fields()) : std::nullopt;
  if (!layout) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' has no layout of a Last.fm export: a header with uts (or date), artist and "
                                   "track, or rows of artist,album,track,date",
                                   source.name())};
  }
  if (!layout->has_header) {
    const std::string reason = read_row(reader.fields(), *layout, sink);
    if (!reason.empty()) rejects.add(reader.line(), reason, reader.raw(), source.name());
  }
  return read_csv_history(reader, source, sink, work, rejects,
                          [&](Fields fields) { return read_row(fields, *layout, sink); });
}

bool is_mine(const fs::path& file) {
  if (file.extension() != ".csv" && file.extension() != ".gz") return false;
  const auto source = open_source(file);
  if (!source.ok()) return false;
  CsvReader reader(**source);
  const auto first = reader.next();
  return first.ok() && *first == CsvReader::Row::kFields && layout_of(reader.fields()).has_value();
}

}  // namespace

const Importer& lastfm_csv() {
  static const HistoryImporter importer(
      {.name = "lastfm-csv",
       .description =
           "Last.fm scrobbles as CSV: uts,utc_time,artist,…,track,track_mbid, or artist,album,track,date without "
           "header",
       .family = "scrobbles",
       .expected = "a CSV file of scrobbles",
       .in_folders = false,
       .mine = is_mine,
       .read = read_file});
  return importer;
}

}  // namespace mla::catalog
