#include "front/engine/impl/library_space.h"

#include <algorithm>

#include "knowledge/catalog/matching/song_name.h"
#include "operations/pipelines/library/library_sounds.h"

namespace mla::engine {

base::Result<std::vector<training::ItemSound>> read_sounds(store::Database& database) {
  MLA_ASSIGN(const pipelines::LibrarySounds sounds, pipelines::LibrarySounds::open(database));
  std::vector<training::ItemSound> all;
  MLA_CHECK(sounds.for_each([&](const base::ItemId& item, pipelines::TrackSound sound) -> base::Status {
    training::ItemSound one;
    one.item = item.str();
    if (sound.vector) one.vector.assign(sound.vector->begin(), sound.vector->end());
    one.moods = std::move(sound.moods);
    one.moods.merge(sound.features);
    all.push_back(std::move(one));
    return {};
  }));
  return all;
}

base::Result<LibrarySpace> read_library_space(const catalog::Catalog& catalog) {
  MLA_ASSIGN(std::vector<training::ItemSound> sounds, read_sounds(catalog.database()));
  std::erase_if(sounds, [](const training::ItemSound& sound) { return sound.vector.empty(); });
  std::vector<base::ItemId> ids;
  for (const training::ItemSound& sound : sounds) ids.emplace_back(sound.item);
  MLA_ASSIGN(std::vector<std::optional<catalog::Item>> items, catalog.find_items(ids));
  std::vector<recommend::SoundSpace::Track> tracks;
  std::vector<catalog::Item> there;
  std::vector<float> values;
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    if (!items[i] || items[i]->path.empty()) continue;
    catalog::Item& item = *items[i];
    tracks.push_back({item.id, item.artist, item.title.empty() ? "" : catalog::song_key(item.title, item.artist)});
    values.insert(values.end(), sounds[i].vector.begin(), sounds[i].vector.end());
    there.push_back(std::move(item));
  }
  math::Matrix vectors(tracks.size(), tracks.empty() ? 0 : values.size() / tracks.size());
  std::ranges::copy(values, vectors.values().begin());
  return LibrarySpace{recommend::SoundSpace(std::move(tracks), std::move(vectors)), std::move(there)};
}

}  // namespace mla::engine
