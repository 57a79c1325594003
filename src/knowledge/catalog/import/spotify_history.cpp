#include <unordered_map>

#include <fmt/format.h>
#include <xxhash.h>

#include "foundation/base/clock.h"
#include "knowledge/catalog/import/history.h"
#include "knowledge/catalog/import/json_records.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kMaxRowBytes = std::size_t{1} << 20;
constexpr std::int64_t kListenMillis = 30'000;        // what Spotify counts as a stream
constexpr std::int64_t kHalfOfASongMillis = 105'000;  // who skips after this has heard it
constexpr std::int64_t kSameMillis = 1'000;

bool is_extended(const json::object& row) { return row.contains("ts") && row.contains("master_metadata_track_name"); }
bool is_account_data(const json::object& row) { return row.contains("endTime") && row.contains("msPlayed"); }

// {"reason_end":"trackdone","reason_start":"clickrow"}
std::string context_of(const json::object& row) {
  std::string context;
  for (const std::string_view key : {"reason_start", "reason_end"}) {
    const std::string_view value = text_of(row, key);
    const bool plain = value.find_first_not_of("abcdefghijklmnopqrstuvwxyz-_") == std::string_view::npos;
    if (value.empty() || !plain || value.size() > 40) continue;
    context += fmt::format("{}\"{}\":\"{}\"", context.empty() ? "{" : ",", key, value);
  }
  return context.empty() ? context : context + '}';
}

// Nobody chose that it ended.
bool broke_off(std::string_view reason) {
  return reason == "logout" || reason.starts_with("unexpected-exit") || reason == "trackerror" || reason == "appload";
}

// Reads the rows of one file.
class Reader {
 public:
  explicit Reader(HistorySink& sink) : sink_(sink) {}

  // "" or the reason to reject the row.
  std::string read(const json::object& row) {
    if (is_extended(row)) return read_extended(row);
    if (is_account_data(row)) return read_account_data(row);
    return "neither a row of the extended streaming history (ts, master_metadata_track_name, …) nor of the account "
           "data (endTime, artistName, trackName, msPlayed)";
  }

 private:
  std::string read_extended(const json::object& row) {
    const std::string_view uri = text_of(row, "spotify_track_uri");
    if (!text_of(row, "episode_name").empty() || !text_of(row, "spotify_episode_uri").empty()) {
      sink_.pass_over("podcast episodes");
      return {};
    }
    if (!text_of(row, "audiobook_title").empty() || !text_of(row, "audiobook_uri").empty()) {
      sink_.pass_over("audiobook chapters");
      return {};
    }
    Listen listen;
    listen.item.title = text_of(row, "master_metadata_track_name");
    listen.item.artist = text_of(row, "master_metadata_album_artist_name");
    listen.item.album = text_of(row, "master_metadata_album_album_name");
    if (listen.item.title.empty()) {
      sink_.pass_over("rows without a track's name");
      return {};
    }
    if (uri.starts_with("spotify:track:") && uri.size() < 100) {
      listen.item.id = base::ItemId(uri);
      listen.item.external_ids.emplace("spotify", uri);
    }
    const auto time = base::parse_time(text_of(row, "ts"));
    if (!time.ok()) return time.error().message;
    listen.time = *time;
    listen.account = text_of(row, "username");
    const std::string_view end = text_of(row, "reason_end");
    const std::string problem = judge(row, "ms_played", end == "trackdone", is_true(row, "skipped"), listen);
    if (!problem.empty()) return problem;
    if (listen.type == EventType::kSkip && broke_off(end)) {
      sink_.pass_over("short plays that broke off");
      return {};
    }
    if (end == "trackdone" && !listen.item.id.empty()) learn_duration(listen);
    listen.context = context_of(row);
    return sink_.add(std::move(listen));
  }

  std::string read_account_data(const json::object& row) {
    Listen listen;
    listen.item.title = text_of(row, "trackName");
    listen.item.artist = text_of(row, "artistName");
    if (row.contains("podcastName")) {
      sink_.pass_over("podcast episodes");
      return {};
    }
    if (listen.item.title.empty()) {
      sink_.pass_over("rows without a track's name");
      return {};
    }
    const auto time = base::parse_time(text_of(row, "endTime"));
    if (!time.ok()) return time.error().message;
    listen.time = *time;
    const std::string problem = judge(row, "msPlayed", false, false, listen);
    return problem.empty() ? sink_.add(std::move(listen)) : problem;
  }

  // A listen or a skip: see docs/import.md.
  static std::string judge(const json::object& row, std::string_view key, bool to_the_end, bool skipped,
                           Listen& listen) {
    listen.ms_played = integer_of(row, key);
    if (!listen.ms_played || *listen.ms_played < 0) return fmt::format("{} is not a whole number of milliseconds", key);
    const bool heard = to_the_end || *listen.ms_played >= (skipped ? kHalfOfASongMillis : kListenMillis);
    listen.type = heard ? EventType::kListen : EventType::kSkip;
    // Both layouts have it, to the millisecond: it tells a play from the next one in the same minute.
    listen.distinction = fmt::format("{}", *listen.ms_played);
    return {};
  }

  // A track that was heard to its end twice for the same time lasts as long.
  void learn_duration(Listen& listen) {
    const std::string& id = listen.item.id.str();
    std::int64_t& last = to_the_end_[XXH3_64bits(id.data(), id.size())];
    const std::int64_t now = *listen.ms_played;
    if (now >= kListenMillis && last > 0 && std::abs(last - now) <= kSameMillis) {
      listen.item.duration_seconds = static_cast<double>(now) / 1000;
    }
    last = now;
  }

  HistorySink& sink_;
  std::unordered_map<std::uint64_t, std::int64_t> to_the_end_;  // ms_played by hash of the item's id
};

base::Status read_file(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects) {
  Reader reader(sink);
  return read_json_history(source, sink, work, rejects, kMaxRowBytes,
                           [&](const json::object& row) { return reader.read(row); });
}

bool is_mine(const fs::path& file) {
  if (file.extension() != ".json" && file.extension() != ".gz") return false;
  const auto first = JsonRecords::peek(file);
  return first && (is_extended(*first) || is_account_data(*first));
}

}  // namespace

const Importer& spotify_history() {
  static const HistoryImporter importer(
      {.name = "spotify-history",
       .description =
           "Spotify's streaming history, extended or of the account data: its JSON files, their folder or the zip",
       .family = "spotify-history",
       .expected = "Streaming_History_Audio_*.json, endsong_*.json or StreamingHistory*.json",
       .mine = is_mine,
       .read = read_file});
  return importer;
}

}  // namespace mla::catalog
