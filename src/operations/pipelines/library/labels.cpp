#include "operations/pipelines/library/labels.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mla::pipelines {
namespace {

using tagging::LabelledTrack;

using ByArtist = std::map<std::string, std::vector<LabelledTrack>>;

struct Genre {
  ByArtist artists;
  std::size_t tracks = 0;
  bool enough() const { return tracks >= kFewestOfAGenre && artists.size() >= kFewestArtistsOfAGenre; }
};

std::map<std::string, Genre> by_genre(std::vector<LabelledTrack> tracks) {
  std::map<std::string, Genre> genres;
  for (LabelledTrack& track : tracks) {
    Genre& genre = genres[track.genre];
    ++genre.tracks;
    genre.artists[track.artist_group].push_back(std::move(track));
  }
  return genres;
}

// Takes out the genres that cannot be learnt, and those beyond the largest; says which.
void drop_small(std::map<std::string, Genre>& genres, std::vector<std::string>& lines) {
  std::vector<std::string> dropped;
  std::vector<std::pair<std::size_t, std::string>> kept;  // tracks, name
  for (const auto& [name, genre] : genres) {
    if (genre.enough()) {
      kept.emplace_back(genre.tracks, name);
    } else {
      dropped.push_back(fmt::format("{} ({})", name, genre.tracks));
    }
  }
  std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = kMostGenres; i < kept.size(); ++i)
    dropped.push_back(fmt::format("{} ({})", kept[i].second, kept[i].first));
  kept.resize(std::min(kept.size(), kMostGenres));
  std::erase_if(genres, [&](const auto& entry) {
    return std::none_of(kept.begin(), kept.end(), [&](const auto& one) { return one.second == entry.first; });
  });
  if (dropped.empty()) return;
  constexpr std::size_t kShown = 12;
  const std::size_t more = dropped.size() - std::min(dropped.size(), kShown);
  dropped.resize(dropped.size() - more);
  lines.push_back(
      fmt::format("note      left out are genres of fewer than {} tracks or {} artists, and what goes beyond "
                  "{} genres: {}{}",
                  kFewestOfAGenre, kFewestArtistsOfAGenre, kMostGenres, fmt::join(dropped, ", "),
                  more > 0 ? fmt::format(" and {} more", more) : ""));
}

// At most `most` tracks, one of each artist in turn.
std::vector<LabelledTrack> in_turn(const ByArtist& artists, std::size_t most) {
  std::vector<LabelledTrack> taken;
  for (std::size_t round = 0;; ++round) {
    const std::size_t before = taken.size();
    for (const auto& [artist, tracks] : artists) {
      if (taken.size() == most) return taken;
      if (round < tracks.size()) taken.push_back(tracks[round]);
    }
    if (taken.size() == before) return taken;
  }
}

// How many tracks each of the genres may have so that all together have at most `most`.
std::size_t share(const std::map<std::string, Genre>& genres, std::size_t most) {
  std::size_t largest = 0;
  for (const auto& [name, genre] : genres) largest = std::max(largest, genre.tracks);
  while (largest > 1) {
    std::size_t sum = 0;
    for (const auto& [name, genre] : genres) sum += std::min(largest, genre.tracks);
    if (sum <= most) break;
    --largest;
  }
  return largest;
}

base::Status two_genres(const std::map<std::string, Genre>& genres, std::size_t tracks) {
  if (genres.size() >= 2) return {};
  return base::Error{
      base::ErrorCode::kInvalidArgument,
      fmt::format("the library has {} tracks with a genre and an artist, and {} genres of at least {} tracks by {} "
                  "artists: a model needs two; import more music (import music-folder DIR), write genres into the "
                  "files, or learn from a labels file (--data-path)",
                  tracks, genres.size(), kFewestOfAGenre, kFewestArtistsOfAGenre)};
}

}  // namespace

base::Result<LibraryLabels> library_labels(const LibraryFiles& files, std::size_t most) {
  LibraryLabels library;
  tagging::Labels& labels = library.labels;
  labels.source = "the library";
  labels.has_genre = labels.has_artists = true;
  std::vector<LabelledTrack> all;
  MLA_CHECK(files.for_each("", true, [&](LibraryFile file) -> base::Status {
    const std::string& artist = file.tags.artist.empty() ? file.tags.album_artist : file.tags.artist;
    if (file.gone || file.tags.genres.empty() || artist.empty()) return {};
    LabelledTrack track;
    track.path = file.path;
    track.name = file.path;
    track.genre = file.tags.genres.front();
    track.artist_group = artist;
    all.push_back(std::move(track));
    return {};
  }));
  const std::size_t found = all.size();
  std::map<std::string, Genre> genres = by_genre(std::move(all));
  drop_small(genres, library.lines);
  MLA_CHECK(two_genres(genres, found));
  const std::size_t each = share(genres, most);
  for (const auto& [name, genre] : genres) {
    for (LabelledTrack& track : in_turn(genre.artists, each)) {
      track.line = labels.tracks.size() + 1;
      labels.tracks.push_back(std::move(track));
    }
  }
  if (labels.tracks.size() < found)
    library.lines.push_back(
        fmt::format("note      {} of the {} tracks with a genre are learnt from, at most {} of one genre",
                    labels.tracks.size(), found, each));
  return library;
}

base::Status keep_learnable(LibraryLabels& library) {
  const std::size_t found = library.labels.tracks.size();
  std::map<std::string, Genre> genres = by_genre(library.labels.tracks);
  drop_small(genres, library.lines);
  MLA_CHECK(two_genres(genres, found));
  std::erase_if(library.labels.tracks, [&](const LabelledTrack& track) { return !genres.contains(track.genre); });
  return {};
}

}  // namespace mla::pipelines
