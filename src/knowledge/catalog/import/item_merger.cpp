#include "knowledge/catalog/import/item_merger.h"

#include <algorithm>

namespace mla::catalog {
namespace {

void merge(Item& into, Item&& from) {
  const auto fill = [](auto& field, auto&& other) {
    if (field.empty()) field = std::move(other);
  };
  fill(into.title, std::move(from.title));
  fill(into.artist, std::move(from.artist));
  fill(into.album, std::move(from.album));
  fill(into.path, std::move(from.path));
  fill(into.release_date, std::move(from.release_date));
  if (!into.duration_seconds) into.duration_seconds = from.duration_seconds;
  into.external_ids.merge(from.external_ids);
  for (Tag& tag : from.tags) {
    const auto same = std::ranges::find(into.tags, tag.name, &Tag::name);
    if (same != into.tags.end()) {
      same->weight += tag.weight;
    } else if (into.tags.size() < kMaxTags) {
      into.tags.push_back(std::move(tag));
    }
  }
}

}  // namespace

base::Status ItemMerger::add(Item item) {
  if (const auto found = index_.find(item.id); found != index_.end()) {
    merge(items_[found->second], std::move(item));
    return {};
  }
  // identity_of hashes any id; here it stands for the item's.
  if (written_.next(identity_of(base::EventId(item.id.str()))) > 0) {
    MLA_ASSIGN(std::optional<Item> stored, catalog_.find_item(item.id));
    if (stored) {
      merge(*stored, std::move(item));
      item = std::move(*stored);
    }
  }
  index_.emplace(item.id, items_.size());
  items_.push_back(std::move(item));
  return items_.size() >= batch_ ? flush() : base::Status();
}

base::Status ItemMerger::flush() {
  MLA_ASSIGN(const WriteCounts counts, catalog_.put_items(items_));
  counts_.added += counts.added;
  counts_.updated += counts.updated;
  counts_.unchanged += counts.unchanged;
  items_.clear();
  index_.clear();
  return {};
}

}  // namespace mla::catalog
