#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/model_bundle.h"

namespace mla::recommend {

// What an answer says about an item, and what filters need.
struct ItemFacts {
  bool in_catalogue = false;
  bool is_artist = false;
  bool has_file = false;
  bool is_explicit = false;
  std::string title;  // the id if the catalogue knows no title
  std::string artist;
  std::string album;
  std::string song;  // song_key; empty if there is no title to compare
};

// Facts of the items of one model, read from the catalogue when first asked for and kept until `forget`.
// Thread-safe.
class FactsCache {
 public:
  FactsCache(const catalog::Catalog& catalog, const training::Bundle& bundle) : catalog_(catalog), bundle_(bundle) {}

  // In the order asked. REQUIRES: indices of the bundle's items.
  base::Result<std::vector<std::shared_ptr<const ItemFacts>>> get(std::span<const std::int32_t> items);
  // Items were written: what was read before may be wrong.
  void forget();

 private:
  const catalog::Catalog& catalog_;
  const training::Bundle& bundle_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;  // a read that began before `forget` must not be kept after it
  std::unordered_map<std::int32_t, std::shared_ptr<const ItemFacts>> known_;
};

}  // namespace mla::recommend
