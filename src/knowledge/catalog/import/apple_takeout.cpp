#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/base/parse.h"
#include "knowledge/catalog/import/history.h"
#include "knowledge/catalog/import/history_columns.h"
#include "knowledge/catalog/import/kinds.h"
#include "knowledge/catalog/utc_offset.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

using Fields = std::span<const std::string_view>;

constexpr std::int64_t kListenMillis = 30'000;

// Columns of "Apple Music Play Activity.csv" that are used; it has over a hundred.
struct Layout {
  std::optional<std::size_t> title, artist, album, type, end_reason, start, end, played, duration, offset, media;
};

std::optional<Layout> layout_of(const Header& header) {
  Layout layout;
  layout.title = first_column(header, {"song_name", "content_name"});
  layout.artist = first_column(header, {"artist_name", "container_artist_name"});
  layout.album = first_column(header, {"album_name", "container_album_name"});
  layout.type = header.find("event_type");
  layout.end_reason = header.find("end_reason_type");
  layout.start = header.find("event_start_timestamp");
  layout.end = first_column(header, {"event_end_timestamp", "event_timestamp"});
  layout.played = header.find("play_duration_milliseconds");
  layout.duration = header.find("media_duration_in_milliseconds");
  layout.offset = header.find("utc_offset_in_seconds");
  layout.media = header.find("media_type");
  if (!layout.title || !layout.played || !layout.end_reason || !(layout.start || layout.end)) return std::nullopt;
  return layout;
}

// Playing goes on after these, in a row of its own.
bool goes_on(std::string_view reason) {
  return reason == "PLAYBACK_MANUALLY_PAUSED" || reason == "SCRUB_BEGIN" || reason == "SCRUB_END" ||
         reason == "PLAYBACK_SUSPENDED" || reason == "PLAYBACK_PAUSED_DUE_TO_INACTIVITY" ||
         reason == "PAUSED_ON_TIMEOUT";
}

bool was_left(std::string_view reason) {
  return reason == "TRACK_SKIPPED_FORWARDS" || reason == "TRACK_SKIPPED_BACKWARDS" ||
         reason == "MANUALLY_SELECTED_PLAYBACK_OF_A_DIFF_ITEM" || reason == "TRACK_BANNED";
}

std::string read_row(Fields fields, const Layout& layout, HistorySink& sink) {
  const std::string_view type = column_text(fields, layout.type);
  if (!type.empty() && type != "PLAY_END") {
    sink.pass_over("rows that end no play");
    return {};
  }
  if (const std::string_view media = column_text(fields, layout.media); media == "VIDEO") {
    sink.pass_over("videos");
    return {};
  }
  Listen listen;
  listen.item.title = column_text(fields, layout.title);
  listen.item.artist = column_text(fields, layout.artist);
  listen.item.album = column_text(fields, layout.album);
  if (listen.item.title.empty()) {
    sink.pass_over("rows without a song's name");
    return {};
  }
  const std::string_view reason = column_text(fields, layout.end_reason);
  if (goes_on(reason)) {
    sink.pass_over("pauses");
    return {};
  }
  const std::string_view played = column_text(fields, layout.played);
  const auto millis = base::parse_double(played);
  if (!millis || *millis < 0 || *millis > 9e15) {
    return fmt::format("play duration '{}' is not a number of milliseconds", played.substr(0, 40));
  }
  listen.ms_played = static_cast<std::int64_t>(*millis);
  const bool heard = reason == "NATURAL_END_OF_TRACK" || *listen.ms_played >= kListenMillis;
  if (!heard && !was_left(reason)) {
    sink.pass_over("short plays that broke off");
    return {};
  }
  listen.type = heard ? EventType::kListen : EventType::kSkip;
  std::string_view when = column_text(fields, layout.start);
  if (when.empty()) when = column_text(fields, layout.end);
  const auto time = base::parse_time(when);
  if (!time.ok()) return time.error().message;
  listen.time = *time;
  const auto duration = base::parse_double(column_text(fields, layout.duration));
  if (duration && *duration > 0) listen.item.duration_seconds = *duration / 1000;
  const auto offset = base::parse_integer(column_text(fields, layout.offset));
  if (offset && std::abs(*offset) <= 86'400) listen.context = with_utc_offset("", static_cast<int>(*offset / 60));
  listen.distinction = fmt::format("{}", *listen.ms_played);
  return sink.add(std::move(listen));
}

base::Status read_file(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects) {
  CsvReader reader(source);
  MLA_ASSIGN(const Header header, Header::read(reader, source.name()));
  const auto layout = layout_of(header);
  if (!layout) {
    return base::Error{
        base::ErrorCode::kInvalidArgument,
        fmt::format("'{}' is no 'Apple Music Play Activity.csv': its header has {}", source.name(), header.list())};
  }
  return read_csv_history(reader, source, sink, work, rejects,
                          [&](Fields fields) { return read_row(fields, *layout, sink); });
}

bool is_mine(const fs::path& file) {
  if (file.extension() != ".csv" && file.extension() != ".gz") return false;
  const auto header = Header::peek(file);
  return header && layout_of(*header);
}

}  // namespace

const Importer& apple_takeout() {
  static const HistoryImporter importer(
      {.name = "apple-takeout",
       .description = "Apple Music: 'Apple Music Play Activity.csv' of privacy.apple.com, its folder or the zip",
       .family = "apple-takeout",
       .expected = "'Apple Music Play Activity.csv'",
       .mine = is_mine,
       .read = read_file});
  return importer;
}

}  // namespace mla::catalog
