#include "knowledge/catalog/matching/similarity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace mla::catalog {
namespace {

constexpr double kSameSeconds = 2.5;  // services and decoders round and pad
constexpr double kNearSeconds = 4.5;  // another fade-out, a gap at the end
constexpr std::size_t kLongestCompared = 256;
constexpr std::size_t kTruncated = 24;  // compact letters of a title that a tagger may have cut at 30 characters

std::optional<double> seconds_apart(const Song& a, const Song& b) {
  if (!a.duration_seconds || !b.duration_seconds) return std::nullopt;
  return std::abs(*a.duration_seconds - *b.duration_seconds);
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

// Slips of the pen that a word of this length forgives.
int forgiven(std::size_t length) { return length < 6 ? 0 : length < 12 ? 1 : 2; }

template <class Range>
bool overlap(const Range& a, const Range& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& x) { return std::find(b.begin(), b.end(), x) != b.end(); });
}

template <class Range>
bool includes_all(const Range& all, const Range& some) {
  return std::all_of(some.begin(), some.end(),
                     [&](const auto& x) { return std::find(all.begin(), all.end(), x) != all.end(); });
}

double guest_similarity(const SongName& heard, const SongName& owned) {
  if (heard.guests == owned.guests) return 1;
  if (heard.guests.empty() || owned.guests.empty()) return 0.98;  // taggers leave guests out
  if (overlap(heard.guests, owned.guests)) return 0.96;
  // "A & B" beside "A feat. B".
  if (includes_all(heard.artists, owned.guests) || includes_all(owned.artists, heard.guests)) return 0.98;
  return 0.9;
}

}  // namespace

int edits_between(std::string_view a, std::string_view b, int limit) {
  if (a.size() < b.size()) std::swap(a, b);
  const auto most = static_cast<std::size_t>(limit);
  if (a.size() - b.size() > most || a.size() > kLongestCompared) return limit + 1;
  std::array<std::array<int, kLongestCompared + 1>, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = static_cast<int>(i);
    int least = row[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
      }
      least = std::min(least, row[j]);
    }
    if (least > limit) return limit + 1;
  }
  return std::min(rows[a.size() % 3][b.size()], limit + 1);
}

double title_similarity(const Song& heard, const Song& owned, bool same_album) {
  const SongName& a = heard.name;
  const SongName& b = owned.name;
  if (a.title == b.title) return 1;
  const std::optional<double> apart = seconds_apart(heard, owned);
  const bool surely = apart ? *apart <= kSameSeconds : same_album;
  if (a.short_title == b.title || a.title == b.short_title) return surely ? 0.95 : 0;
  if (a.short_title == b.short_title) return 0;  // different subtitles
  const std::string& shorter = a.title.size() < b.title.size() ? a.title : b.title;
  const std::string& longer = a.title.size() < b.title.size() ? b.title : a.title;
  if (shorter.size() >= kTruncated && longer.starts_with(shorter)) return 0.95;
  if (digits_of(a.title) != digits_of(b.title)) return 0;
  const int limit = forgiven(shorter.size());
  const int edits = edits_between(a.title, b.title, limit);
  return edits > limit ? 0 : 1 - 0.05 * edits;
}

double version_similarity(const Song& heard, const Song& owned, bool same_album) {
  const SongName& a = heard.name;
  const SongName& b = owned.name;
  if (a.version == b.version) return 1;
  const std::optional<double> apart = seconds_apart(heard, owned);
  const bool same_length = apart && *apart <= kSameSeconds;
  if (a.kinds == b.kinds && !a.kinds.empty()) {
    // "Live" beside "Live at Wembley": one says less.
    const bool part = includes_all(a.version, b.version) || includes_all(b.version, a.version);
    const bool remix = std::find(a.kinds.begin(), a.kinds.end(), "remix") != a.kinds.end();
    return part && (same_length || (same_album && !apart && !remix)) ? 0.95 : 0;
  }
  // An edit that lasts as long as the plain recording is the plain recording.
  const auto only_edit = [](const SongName& name) { return name.version.size() == 1 && name.version[0] == "edit"; };
  if ((a.version.empty() && only_edit(b)) || (b.version.empty() && only_edit(a))) return same_length ? 0.95 : 0;
  return 0;
}

double artist_similarity(const SongName& heard, const SongName& owned, bool same_album) {
  if (heard.artists.empty() || owned.artists.empty()) return same_album ? 0.95 : 0;
  const double guests = guest_similarity(heard, owned);
  if (heard.artist == owned.artist) return guests;
  // "Nick Cave" beside "Nick Cave & The Bad Seeds", "A" beside "B feat. A": all of one are among those of the other.
  const auto among = [](const SongName& some, const SongName& all) {
    return std::all_of(some.artists.begin(), some.artists.end(), [&](const std::string& artist) {
      return overlap(all.artists, std::vector{artist}) || overlap(all.guests, std::vector{artist});
    });
  };
  if (among(heard, owned) || among(owned, heard)) {
    return (heard.artists.front() == owned.artists.front() ? 0.98 : 0.94) * guests;
  }
  const int limit = forgiven(std::min(heard.artist.size(), owned.artist.size()));
  const int edits = edits_between(heard.artist, owned.artist, limit);
  return edits > limit ? 0 : (1 - 0.05 * edits) * guests;
}

double duration_similarity(const Song& heard, const Song& owned) {
  const std::optional<double> apart = seconds_apart(heard, owned);
  if (!apart || *apart <= kSameSeconds) return 1;
  if (*apart > kNearSeconds) return 0;
  return 0.97;
}

bool same_recording(const Song& a, const Song& b) {
  const std::optional<double> apart = seconds_apart(a, b);
  return apart && *apart <= kSameSeconds && a.name.title == b.name.title && a.name.version == b.name.version &&
         a.name.artist == b.name.artist;
}

}  // namespace mla::catalog
