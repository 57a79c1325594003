#include "learning/training/item_sounds.h"

#include <algorithm>

#include <fmt/format.h>

namespace mla::training {

base::Status add_sounds(std::span<const ItemSound> sounds, Dataset& dataset) {
  const auto items = static_cast<std::size_t>(dataset.data.items());
  math::Matrix vectors;
  dataset.sound_moods.assign(sounds.empty() ? 0 : items, {});
  for (const ItemSound& sound : sounds) {
    const auto item = dataset.find_item(sound.item);
    if (!item) continue;
    dataset.sound_moods[static_cast<std::size_t>(*item)] = sound.moods;
    if (sound.vector.empty()) continue;
    if (vectors.rows() == 0) vectors = math::Matrix(items, sound.vector.size());
    if (sound.vector.size() != vectors.cols()) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("the sound of '{}' has {} numbers, others have {}: analyse them with one version",
                                     sound.item, sound.vector.size(), vectors.cols())};
    }
    std::copy(sound.vector.begin(), sound.vector.end(), vectors.row(static_cast<std::size_t>(*item)).begin());
  }
  dataset.data.item_sounds = std::move(vectors);
  return {};
}

std::size_t items_with_sound(const Dataset& dataset) {
  const math::Matrix& sounds = dataset.data.item_sounds;
  std::size_t count = 0;
  for (std::size_t item = 0; item < sounds.rows(); ++item) {
    count += std::ranges::any_of(sounds.row(item), [](float value) { return value != 0; }) ? 1 : 0;
  }
  return count;
}

}  // namespace mla::training
