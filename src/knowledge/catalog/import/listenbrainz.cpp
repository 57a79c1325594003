#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "knowledge/catalog/import/history.h"
#include "knowledge/catalog/import/json_records.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// ListenBrainz takes bodies of submit-listens up to 10,240,000 bytes.
constexpr std::size_t kMaxRowBytes = std::size_t{16} << 20;

bool is_listen(const json::object& row) { return object_of(row, "track_metadata") != nullptr; }

// The listens inside a body of submit-listens ("payload": […]) or an answer of the API ("payload": {"listens": […]}).
const json::array* listens_of(const json::object& row) {
  const json::value* payload = row.if_contains("payload");
  if (payload == nullptr) return nullptr;
  if (payload->is_array()) return &payload->get_array();
  const json::value* listens = payload->is_object() ? payload->get_object().if_contains("listens") : nullptr;
  return listens == nullptr ? nullptr : listens->if_array();
}

void take_id(const json::object& from, std::string_view key, std::string_view scheme, Item& item) {
  const std::string_view id = text_of(from, key);
  if (!id.empty() && id.size() <= kMaxIdBytes) item.external_ids.emplace(scheme, id);
}

// "" or the reason to reject the listen. `https://listenbrainz.readthedocs.io/en/latest/users/json.html`
std::string read_listen(const json::object& row, HistorySink& sink) {
  const json::object* track = object_of(row, "track_metadata");
  if (track == nullptr) return "no listen: track_metadata is missing";
  Listen listen;
  Item& item = listen.item;
  item.title = text_of(*track, "track_name");
  item.artist = text_of(*track, "artist_name");
  item.album = text_of(*track, "release_name");
  if (item.title.empty() || item.artist.empty()) return "track_name or artist_name is missing";
  if (const auto seconds = integer_of(row, "listened_at")) {
    listen.time = *seconds * base::kMillisPerSecond;
  } else if (const auto time = base::parse_time(text_of(row, "listened_at")); time.ok()) {
    listen.time = *time;
  } else {
    return "listened_at is missing or no time";
  }
  listen.account = text_of(row, "user_name");
  if (const json::object* more = object_of(*track, "additional_info")) {
    take_id(*more, "recording_mbid", "mbid", item);
    take_id(*more, "isrc", "isrc", item);
    take_id(*more, "spotify_id", "spotify", item);
    if (const auto millis = integer_of(*more, "duration_ms"); millis && *millis > 0) {
      item.duration_seconds = static_cast<double>(*millis) / 1000;
    } else if (const auto seconds = integer_of(*more, "duration"); seconds && *seconds > 0) {
      item.duration_seconds = static_cast<double>(*seconds);
    }
  }
  // What the server found; the submitter's own id comes first.
  if (const json::object* mapping = object_of(*track, "mbid_mapping"))
    take_id(*mapping, "recording_mbid", "mbid", item);
  return sink.add(std::move(listen));
}

std::string read_row(const json::object& row, HistorySink& sink) {
  if (text_of(row, "listen_type") == "playing_now") {
    sink.pass_over("notes of what is playing now");
    return {};
  }
  const json::array* listens = listens_of(row);
  if (listens == nullptr) return read_listen(row, sink);
  std::string problems;  // of one body: the first is told
  for (const json::value& listen : *listens) {
    const std::string problem = listen.is_object() ? read_listen(listen.get_object(), sink) : "a listen is no object";
    if (problems.empty()) problems = problem;
  }
  return problems;
}

base::Status read_file(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects) {
  return read_json_history(source, sink, work, rejects, kMaxRowBytes,
                           [&](const json::object& row) { return read_row(row, sink); });
}

bool is_mine(const fs::path& file) {
  const fs::path ending = file.extension();
  if (ending != ".json" && ending != ".jsonl" && ending != ".listens" && ending != ".gz") return false;
  const auto first = JsonRecords::peek(file);
  return first && (is_listen(*first) || listens_of(*first) != nullptr);
}

}  // namespace

const Importer& listenbrainz() {
  static const HistoryImporter importer(
      {.name = "listenbrainz",
       .description = "ListenBrainz: the export (zip, folder or its JSON lines), bodies of submit-listens",
       .family = "scrobbles",
       .expected = "*.jsonl or *.json of ListenBrainz",
       .mine = is_mine,
       .read = read_file});
  return importer;
}

}  // namespace mla::catalog
