#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "knowledge/catalog/item.h"
#include "knowledge/catalog/matching/song_name.h"

namespace mla::catalog {

// A track as a history or a file names it.
struct Song {
  SongName name;
  std::string album;  // as a title: without "(Deluxe Edition)" and the like
  std::optional<double> duration_seconds;
  std::vector<std::pair<std::string, std::string>>
      ids;  // (scheme, value) in normal form: mbid, isrc, spotify, acoustid
};

Song song_of(const Item& item);

// Scores of at least this are a match.
inline constexpr double kLeastMatchScore = 0.92;

struct SongMatch {
  std::uint32_t song = 0;  // number of the owned song
  std::string_view rule;   // "mbid", "isrc", "spotify", "acoustid" or "name"
  double score = 0;        // 1: certain; of the rule "name" at least kLeastMatchScore
};

// How alike a heard song is to an owned one by name, album and duration; 0: another recording. docs/import.md has the
// arithmetic: title, artist and version must each agree, what is only nearly the same takes something off.
double match_score(const Song& heard, const Song& owned);

// Finds the owned recording that a history means: by identifier first, then by name. Another version (live, remix, …)
// is another recording. Where two different recordings are about as likely the answer is none.
// Thread-safe once built. About 300 bytes a song.
class Matcher {
 public:
  // REQUIRES: fewer than 2^32 songs. Their numbers are their places in `owned`; among copies of one recording that are
  // equally like, the first is taken.
  explicit Matcher(std::vector<Song> owned);

  std::optional<SongMatch> find(const Song& heard) const;
  // The same without `refused` songs and copies of them.
  std::optional<SongMatch> find(const Song& heard, const std::vector<std::uint32_t>& refused) const;

  std::size_t size() const { return owned_.size(); }

 private:
  struct Key {
    std::uint64_t hash;
    std::uint32_t song;
    auto operator<=>(const Key&) const = default;
  };
  bool is_refused(std::uint32_t song, const std::vector<std::uint32_t>& refused) const;
  std::pair<const Key*, const Key*> with(std::uint64_t hash) const;
  std::optional<SongMatch> by_id(const Song& heard, const std::vector<std::uint32_t>& refused) const;
  std::optional<SongMatch> by_name(const Song& heard, const std::vector<std::uint32_t>& candidates) const;

  std::vector<Song> owned_;
  std::vector<Key> keys_;  // sorted
};

}  // namespace mla::catalog
