#include "knowledge/catalog/matching/matcher.h"

#include <algorithm>
#include <array>

#include <xxhash.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/matching/similarity.h"

namespace mla::catalog {
namespace {

// What one candidate must be ahead of another recording.
constexpr double kMargin = 0.015;
constexpr double kSameAlbum = 0.03;  // lifts a candidate above its like, never above the threshold
// Buckets larger than these are passed over: a title that everybody has says nothing.
constexpr std::ptrdiff_t kMostOfArtist = 5000;
constexpr std::ptrdiff_t kMostOfTitle = 200;

constexpr std::array<std::string_view, 4> kSchemes = {"mbid", "isrc", "spotify", "acoustid"};  // the surest first

std::uint64_t hash_of(char kind, std::string_view a, std::string_view b) {
  XXH64_hash_t hash = XXH3_64bits_withSeed(a.data(), a.size(), static_cast<XXH64_hash_t>(kind));
  return XXH3_64bits_withSeed(b.data(), b.size(), hash);
}

// Calls take(hash) for each way in which a song may be looked up: title with each artist, each artist, title.
template <class Take>
void for_each_title_key(const SongName& name, const Take& take) {
  const auto with = [&](std::string_view artist) {
    take(hash_of('t', name.short_title, artist));
    if (name.title != name.short_title) take(hash_of('t', name.title, artist));
  };
  with(name.artist);
  for (const std::string& artist : name.artists) with(artist);
  for (const std::string& guest : name.guests) with(guest);
}

// ISRCs without hyphens and in capitals, MBIDs and AcoustIDs in lower case, Spotify ids as URIs.
std::string normal_id(std::string_view scheme, std::string_view value) {
  std::string id(base::trim(value));
  if (scheme == "isrc") {
    std::erase_if(id, [](char c) { return c == '-' || c == ' '; });
    for (char& c : id) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  } else if (scheme != "spotify") {
    id = base::to_lower(id);
  } else if (const std::size_t at = id.find("open.spotify.com/track/"); at != std::string::npos) {
    id = "spotify:track:" + id.substr(at + 23, id.find('?', at) - at - 23);
  } else if (id.find(':') == std::string::npos) {
    id = "spotify:track:" + id;
  }
  return id;
}

}  // namespace

Song song_of(const Item& item) {
  Song song;
  song.name = parse_song(item.title, item.artist);
  song.album = parse_song(item.album, "").title;
  song.duration_seconds = item.duration_seconds;
  if (song.duration_seconds && *song.duration_seconds <= 0) song.duration_seconds.reset();
  for (const std::string_view scheme : kSchemes) {
    if (const auto id = item.external_ids.find(std::string(scheme)); id != item.external_ids.end()) {
      song.ids.emplace_back(scheme, normal_id(scheme, id->second));
    }
  }
  if (item.id.str().starts_with("spotify:track:") && !item.external_ids.contains("spotify")) {
    song.ids.emplace_back("spotify", item.id.str());
  }
  return song;
}

double match_score(const Song& heard, const Song& owned) {
  const bool same_album = !heard.album.empty() && heard.album == owned.album;
  const double artist = artist_similarity(heard.name, owned.name, same_album);
  if (artist == 0) return 0;
  const double title = title_similarity(heard, owned, same_album);
  if (title == 0) return 0;
  return title * artist * version_similarity(heard, owned, same_album) * duration_similarity(heard, owned);
}

Matcher::Matcher(std::vector<Song> owned) : owned_(std::move(owned)) {
  for (std::uint32_t i = 0; i < owned_.size(); ++i) {
    const Song& song = owned_[i];
    for (const auto& [scheme, id] : song.ids) keys_.push_back({hash_of('i', scheme, id), i});
    if (song.name.title.empty()) continue;
    for_each_title_key(song.name, [&](std::uint64_t hash) { keys_.push_back({hash, i}); });
    keys_.push_back({hash_of('n', song.name.title, ""), i});
    for (const std::string& artist : song.name.artists) keys_.push_back({hash_of('a', artist, ""), i});
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

std::pair<const Matcher::Key*, const Matcher::Key*> Matcher::with(std::uint64_t hash) const {
  const auto [first, last] = std::equal_range(keys_.begin(), keys_.end(), Key{hash, 0},
                                              [](const Key& a, const Key& b) { return a.hash < b.hash; });
  return {keys_.data() + (first - keys_.begin()), keys_.data() + (last - keys_.begin())};
}

bool Matcher::is_refused(std::uint32_t song, const std::vector<std::uint32_t>& refused) const {
  return std::any_of(refused.begin(), refused.end(),
                     [&](std::uint32_t other) { return other == song || same_recording(owned_[other], owned_[song]); });
}

std::optional<SongMatch> Matcher::find(const Song& heard) const { return find(heard, {}); }

std::optional<SongMatch> Matcher::find(const Song& heard, const std::vector<std::uint32_t>& refused) const {
  if (auto match = by_id(heard, refused)) return match;
  if (heard.name.title.empty()) return std::nullopt;
  std::vector<std::uint32_t> candidates;
  const auto take = [&](std::uint64_t hash, std::ptrdiff_t most) {
    const auto [first, last] = with(hash);
    if (last - first > most) return;
    for (const Key* key = first; key != last; ++key) candidates.push_back(key->song);
  };
  const auto judge = [&] {
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    std::erase_if(candidates, [&](std::uint32_t song) { return is_refused(song, refused); });
    return by_name(heard, candidates);
  };
  for_each_title_key(heard.name, [&](std::uint64_t hash) { take(hash, kMostOfArtist); });
  const bool known = !candidates.empty();
  if (auto match = judge(); match || known) return match;
  // Nothing has this title and artist: perhaps one of them is misspelt.
  for (const std::string& artist : heard.name.artists) take(hash_of('a', artist, ""), kMostOfArtist);
  take(hash_of('n', heard.name.title, ""), kMostOfTitle);
  return judge();
}

std::optional<SongMatch> Matcher::by_id(const Song& heard, const std::vector<std::uint32_t>& refused) const {
  for (const auto& [scheme, id] : heard.ids) {
    const auto [first, last] = with(hash_of('i', scheme, id));
    std::vector<std::uint32_t> found;
    for (const Key* key = first; key != last; ++key) {
      if (!is_refused(key->song, refused)) found.push_back(key->song);
    }
    if (found.empty()) continue;
    // Several files with one id: copies, or tags that somebody copied.
    const std::string_view rule = *std::find(kSchemes.begin(), kSchemes.end(), scheme);
    if (found.size() == 1) return SongMatch{found.front(), rule, 1};
    if (const auto named = by_name(heard, found)) return SongMatch{named->song, rule, 1};
    const bool copies = std::all_of(found.begin(), found.end(), [&](std::uint32_t song) {
      return same_recording(owned_[found.front()], owned_[song]);
    });
    if (copies) return SongMatch{found.front(), rule, 1};
  }
  return std::nullopt;
}

std::optional<SongMatch> Matcher::by_name(const Song& heard, const std::vector<std::uint32_t>& candidates) const {
  std::optional<SongMatch> best;
  double best_rank = 0;
  std::vector<std::pair<double, std::uint32_t>> scored;
  for (const std::uint32_t song : candidates) {
    const double score = match_score(heard, owned_[song]);
    if (score < kLeastMatchScore - kMargin) continue;
    const double rank = score + (!heard.album.empty() && heard.album == owned_[song].album ? kSameAlbum : 0);
    scored.emplace_back(rank, song);
    if (!best || rank > best_rank) {
      best = SongMatch{song, "name", score};
      best_rank = rank;
    }
  }
  if (!best || best->score < kLeastMatchScore) return std::nullopt;
  for (const auto& [rank, song] : scored) {
    if (song == best->song || rank <= best_rank - kMargin) continue;
    if (!same_recording(owned_[song], owned_[best->song])) return std::nullopt;
  }
  return best;
}

}  // namespace mla::catalog
