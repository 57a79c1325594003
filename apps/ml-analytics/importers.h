#pragma once

#include <span>

#include "knowledge/catalog/import/importer.h"

namespace mla::apps {

// All that `import` knows: those of the catalogue, and the music folder.
std::span<const catalog::Importer* const> all_importers();

}  // namespace mla::apps
