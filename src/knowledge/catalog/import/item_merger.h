#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/impl/ordinals.h"

namespace mla::catalog {

// Collects items of one import and writes them in batches. Several rows of one id become one item: the first row's
// fields, what it lacks from later ones, and the tags of all with their weights added.
class ItemMerger {
 public:
  ItemMerger(Catalog& catalog, WriteCounts& counts, std::size_t batch = 20'000)
      : catalog_(catalog), counts_(counts), batch_(batch) {}

  // Writes a batch when it is full.
  base::Status add(Item item);
  // Writes the rest, durably.
  base::Status flush();

 private:
  Catalog& catalog_;
  WriteCounts& counts_;
  std::size_t batch_;
  std::vector<Item> items_;
  std::unordered_map<base::ItemId, std::size_t> index_;  // of items_
  // Ids of earlier batches of this import: their rows are merged with what is stored, others replace it.
  OrdinalCounter written_;
};

}  // namespace mla::catalog
