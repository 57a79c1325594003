#include "apps/ml-analytics/importers.h"

#include <vector>

#include "operations/pipelines/library/music_folder.h"

namespace mla::apps {

std::span<const catalog::Importer* const> all_importers() {
  static const std::vector<const catalog::Importer*> all = [] {
    std::vector<const catalog::Importer*> list(catalog::importers().begin(), catalog::importers().end());
    list.push_back(&pipelines::music_folder());
    return list;
  }();
  return all;
}

}  // namespace mla::apps
