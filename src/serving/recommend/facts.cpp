#include "serving/recommend/facts.h"

#include "knowledge/catalog/matching/song_name.h"

namespace mla::recommend {
namespace {

constexpr std::size_t kMostKept = 250'000;  // about 60 MB; then the cache starts afresh

std::shared_ptr<const ItemFacts> make_facts(std::string_view id, const std::optional<catalog::Item>& item) {
  auto facts = std::make_shared<ItemFacts>();
  facts->title = id;
  if (!item) return facts;
  facts->in_catalogue = true;
  facts->is_artist = item->kind == catalog::ItemKind::kArtist;
  facts->has_file = !item->path.empty();
  facts->is_explicit = item->is_explicit();
  facts->artist = item->artist_name();
  facts->album = item->album;
  if (!item->title.empty()) {
    facts->title = item->title;
    facts->song = catalog::song_key(item->title, item->artist);
  }
  return facts;
}

}  // namespace

base::Result<std::vector<std::shared_ptr<const ItemFacts>>> FactsCache::get(std::span<const std::int32_t> items) {
  std::vector<std::shared_ptr<const ItemFacts>> found(items.size());
  std::vector<std::size_t> missing;
  std::uint64_t generation = 0;
  {
    const std::lock_guard lock(mutex_);
    generation = generation_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto known = known_.find(items[i]);
      if (known != known_.end()) {
        found[i] = known->second;
      } else {
        missing.push_back(i);
      }
    }
  }
  if (missing.empty()) return found;

  std::vector<base::ItemId> ids;
  ids.reserve(missing.size());
  for (const std::size_t i : missing) ids.emplace_back(bundle_.item_ids[static_cast<std::size_t>(items[i])]);
  MLA_ASSIGN(const std::vector<std::optional<catalog::Item>> read, catalog_.find_items(ids));
  for (std::size_t m = 0; m < missing.size(); ++m) found[missing[m]] = make_facts(ids[m].str(), read[m]);

  const std::lock_guard lock(mutex_);
  if (generation == generation_) {
    if (known_.size() > kMostKept) known_.clear();
    for (const std::size_t i : missing) known_[items[i]] = found[i];
  }
  return found;
}

void FactsCache::forget() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  known_.clear();
}

}  // namespace mla::recommend
