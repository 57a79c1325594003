#include <fmt/format.h>

#include "foundation/base/clock.h"
#include "foundation/base/parse.h"
#include "knowledge/catalog/import/history.h"
#include "knowledge/catalog/import/json_records.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kMaxRowBytes = std::size_t{1} << 20;
constexpr std::string_view kTopic = " - Topic";  // the channel that YouTube makes for an artist

bool is_watched(const json::object& row) {
  return row.contains("header") && row.contains("title") && row.contains("time");
}

// The title without the word for "watched", which is in the account's language: "Watched X", "Vous avez regardé X",
// "X angesehen".
std::string_view watched_title(std::string_view title) {
  constexpr std::string_view kBefore[] = {"Watched ", "Vous avez regardé ", "Has visto ", "Hai guardato ",
                                          "Assistiu a "};
  constexpr std::string_view kAfter[] = {" angesehen", " bekeken", " を視聴しました"};
  for (const std::string_view word : kBefore) {
    if (title.starts_with(word)) return title.substr(word.size());
  }
  for (const std::string_view word : kAfter) {
    if (title.ends_with(word)) return title.substr(0, title.size() - word.size());
  }
  return title;
}

std::string_view channel_of(const json::object& row) {
  const json::value* subtitles = row.if_contains("subtitles");
  const json::array* all = subtitles == nullptr ? nullptr : subtitles->if_array();
  const json::object* first = all == nullptr || all->empty() ? nullptr : all->front().if_object();
  return first == nullptr ? std::string_view() : text_of(*first, "name");
}

// "" or the reason to reject the row.
std::string read_row(const json::object& row, HistorySink& sink) {
  if (!is_watched(row)) return "no row of watch-history.json (header, title, time)";
  if (text_of(row, "header") != "YouTube Music") {
    sink.pass_over("videos that were not watched in YouTube Music");
    return {};
  }
  const std::string_view channel = channel_of(row);
  if (channel.empty()) {
    sink.pass_over("rows without a channel (removed videos)");
    return {};
  }
  Listen listen;
  Item& item = listen.item;
  item.title = base::trim(watched_title(text_of(row, "title")));
  item.artist = channel.ends_with(kTopic) ? channel.substr(0, channel.size() - kTopic.size()) : channel;
  // A video that somebody uploaded is mostly named "Artist - Title".
  const std::size_t dash = item.title.find(" - ");
  if (!channel.ends_with(kTopic) && dash != std::string::npos && dash > 0) {
    item.artist = item.title.substr(0, dash);
    item.title = item.title.substr(dash + 3);
  }
  if (item.title.empty() || item.title.starts_with("https://")) {
    sink.pass_over("rows without a track's name");
    return {};
  }
  const auto time = base::parse_time(text_of(row, "time"));
  if (!time.ok()) return time.error().message;
  listen.time = *time;
  return sink.add(std::move(listen));
}

base::Status read_file(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects) {
  return read_json_history(source, sink, work, rejects, kMaxRowBytes,
                           [&](const json::object& row) { return read_row(row, sink); });
}

bool is_mine(const fs::path& file) {
  if (file.extension() != ".json" && file.extension() != ".gz") return false;
  const auto first = JsonRecords::peek(file);
  return first && is_watched(*first);
}

}  // namespace

const Importer& google_takeout() {
  static const HistoryImporter importer(
      {.name = "google-takeout",
       .description = "YouTube Music: watch-history.json of Google Takeout (JSON, not HTML), its folder or the zip",
       .family = "google-takeout",
       .expected = "watch-history.json: choose JSON for the history at Google Takeout",
       .mine = is_mine,
       .read = read_file});
  return importer;
}

}  // namespace mla::catalog
