#pragma once

#include <vector>

#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/item_sounds.h"
#include "serving/recommend/sound_space.h"

namespace mla::engine {

// What the items of the library sound like, as training takes it.
base::Result<std::vector<training::ItemSound>> read_sounds(store::Database& database);

// The tracks of the library that are there and whose sound is known, and what the catalogue says of them.
struct LibrarySpace {
  recommend::SoundSpace space;
  std::vector<catalog::Item> items;  // of each track
};
base::Result<LibrarySpace> read_library_space(const catalog::Catalog& catalog);

}  // namespace mla::engine
