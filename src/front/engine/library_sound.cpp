#include "front/engine/library_sound.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "knowledge/catalog/matching/song_name.h"
#include "operations/pipelines/library/library_sounds.h"
#include "serving/recommend/sound_space.h"

namespace mla::engine {
namespace {

using base::Result;

constexpr std::string_view kBySound = "sound";  // what answers instead of a model

// The tracks that are there and whose sound is known, and what the catalogue says of them; `clean`: none that is
// explicit.
struct LibrarySpace {
  recommend::SoundSpace space;
  std::vector<catalog::Item> items;  // of each track
};

Result<LibrarySpace> read_library_space(const catalog::Catalog& catalog, bool clean) {
  MLA_ASSIGN(const pipelines::LibrarySounds sounds, pipelines::LibrarySounds::open(catalog.database()));
  std::vector<base::ItemId> ids;
  std::vector<audio::TrackVector> known;
  MLA_CHECK(sounds.for_each([&](const base::ItemId& item, const pipelines::TrackSound& sound) -> base::Status {
    if (!sound.vector) return {};
    ids.push_back(item);
    known.push_back(*sound.vector);
    return {};
  }));
  MLA_ASSIGN(std::vector<std::optional<catalog::Item>> items, catalog.find_items(ids));
  std::vector<recommend::SoundSpace::Track> tracks;
  std::vector<catalog::Item> there;
  std::vector<float> values;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!items[i] || items[i]->path.empty() || (clean && items[i]->is_explicit())) continue;
    catalog::Item& item = *items[i];
    tracks.push_back({item.id, item.artist, item.title.empty() ? "" : catalog::song_key(item.title, item.artist)});
    values.insert(values.end(), known[i].begin(), known[i].end());
    there.push_back(std::move(item));
  }
  math::Matrix vectors(tracks.size(), tracks.empty() ? 0 : audio::kTrackVectorSize);
  std::copy(values.begin(), values.end(), vectors.values().begin());
  return LibrarySpace{recommend::SoundSpace(std::move(tracks), std::move(vectors)), std::move(there)};
}

recommend::Recommendation to_recommendation(const catalog::Item& item, std::string reason) {
  recommend::Recommendation one;
  one.track_id = item.id;
  one.track_name = item.title.empty() ? item.id.str() : item.title;
  one.artist_name = item.artist_name();
  one.album = item.album;
  one.recommendation_reason = std::move(reason);
  return one;
}

base::Error nothing_analysed() {
  return {base::ErrorCode::kNotFound,
          "no file of the library was analysed yet; run: ml-analytics import music-folder DIR --analyze"};
}

// How alike two tracks sound, in words that are true of this cosine.
std::string likeness(float alike, const std::string& title) {
  if (alike >= audio::kSoundsAlike) return "sounds like " + title;
  return alike > 0 ? "sounds a little like " + title : "sounds unlike " + title;
}

Result<std::size_t> find_end(const catalog::Catalog& catalog, const LibrarySpace& library, std::string_view reference) {
  MLA_ASSIGN(const auto id, catalog.resolve(reference));
  if (!id) {
    return base::Error{base::ErrorCode::kNotFound,
                       fmt::format("'{}' is not in the catalogue: give our id, an external id or a path", reference)};
  }
  if (const auto index = library.space.find(*id)) return *index;
  return base::Error{base::ErrorCode::kNotFound,
                     fmt::format("nobody knows how '{}' sounds: it is silent, gone, no file, or not analysed yet "
                                 "(ml-analytics import music-folder DIR --analyze)",
                                 reference)};
}

}  // namespace

Result<recommend::Answer> sounds_like(const catalog::Catalog& catalog, const audio::TrackVector& vector,
                                      std::string_view name, int limit, int per_artist, bool clean) {
  MLA_ASSIGN(const LibrarySpace library, read_library_space(catalog, clean));
  if (library.items.empty()) return nothing_analysed();
  recommend::Answer answer;
  answer.model = kBySound;
  answer.notes.push_back(fmt::format("'{}' is not in the library: what sounds like it comes first", name));
  for (const math::Scored& near : library.space.nearest(vector, static_cast<std::size_t>(limit), per_artist)) {
    answer.recommendations.push_back(to_recommendation(library.items[static_cast<std::size_t>(near.index)],
                                                       likeness(near.score, std::string(name))));
  }
  return answer;
}

Result<recommend::Answer> path_of_sound(const catalog::Catalog& catalog, std::string_view from, std::string_view to,
                                        int count, int per_artist) {
  MLA_ASSIGN(const LibrarySpace library, read_library_space(catalog, false));
  if (library.items.empty()) return nothing_analysed();
  MLA_ASSIGN(const std::size_t first, find_end(catalog, library, from));
  MLA_ASSIGN(const std::size_t last, find_end(catalog, library, to));
  if (first == last || count < 2) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("a path leads from one track to another in two tracks or more: '{}' to '{}' in {}",
                                   from, to, count)};
  }
  recommend::Answer answer;
  answer.model = kBySound;
  const std::vector<std::size_t> steps = library.space.path(first, last, static_cast<std::size_t>(count), per_artist);
  if (steps.size() < static_cast<std::size_t>(count)) {
    answer.notes.push_back(
        fmt::format("the library has no {} tracks for this path, of different artists side by side", count));
  }
  for (std::size_t k = 0; k < steps.size(); ++k) {
    std::string reason = "where it begins";
    if (k > 0) {
      reason = likeness(library.space.alike(steps[k - 1], steps[k]), answer.recommendations.back().track_name);
      if (k + 1 == steps.size()) reason += "; where it ends";
    }
    answer.recommendations.push_back(to_recommendation(library.items[steps[k]], std::move(reason)));
    if (k > 0) answer.recommendations.back().evidence.push_back(answer.recommendations[k - 1].track_id);
  }
  return answer;
}

}  // namespace mla::engine
