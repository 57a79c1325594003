#include "apps/ml-analytics/playlist.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"

namespace mla::apps {
namespace {

namespace json = boost::json;

// A line of its own, whatever is in it.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

// RFC 3986: everything but unreserved characters and '/' as %XX.
std::string file_uri(std::string_view path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos);
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

}  // namespace

std::string to_m3u8(std::string_view title, std::span<const catalog::Item> items) {
  std::string text = fmt::format("#EXTM3U\n#PLAYLIST:{}\n", one_line(title));
  for (const catalog::Item& item : items) {
    if (item.path.empty()) continue;
    text += fmt::format("#EXTINF:{:.0f},{}{}{}\n{}\n", item.duration_seconds.value_or(-1), one_line(item.artist_name()),
                        item.artist_name().empty() ? "" : " - ", one_line(item.title), one_line(item.path));
  }
  return text;
}

std::string to_jspf(std::string_view title, std::span<const catalog::Item> items) {
  json::array tracks;
  for (const catalog::Item& item : items) {
    json::object track = {{"title", item.title.empty() ? item.id.str() : item.title}};
    if (!item.artist_name().empty()) track["creator"] = item.artist_name();
    if (!item.album.empty()) track["album"] = item.album;
    if (item.duration_seconds) track["duration"] = std::llround(*item.duration_seconds * 1000);
    if (!item.path.empty()) track["location"] = json::array{json::string(file_uri(item.path))};
    json::array identifiers;
    if (const auto mbid = item.external_ids.find("mbid"); mbid != item.external_ids.end()) {
      const char* kind = item.kind == catalog::ItemKind::kArtist ? "artist" : "recording";
      identifiers.emplace_back(fmt::format("https://musicbrainz.org/{}/{}", kind, mbid->second));
    }
    if (const auto isrc = item.external_ids.find("isrc"); isrc != item.external_ids.end()) {
      identifiers.emplace_back("isrc:" + isrc->second);
    }
    if (!identifiers.empty()) track["identifier"] = std::move(identifiers);
    tracks.push_back(std::move(track));
  }
  return base::to_json_text(json::object{{"playlist", {{"title", title}, {"track", std::move(tracks)}}}}) + "\n";
}

}  // namespace mla::apps
