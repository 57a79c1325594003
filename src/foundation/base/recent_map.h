#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

namespace mla::base {

// A bounded map of what was used lately, in two generations: when the young one is full it becomes the old one, and
// what was still in the old one is dropped. What is found in the old one is young again. The `capacity` / 2 entries
// used last are always kept, and never more than `capacity` (at least 2). Not thread-safe.
template <class Key, class Value, class Hash = std::hash<Key>>
class RecentMap {
 public:
  explicit RecentMap(std::size_t capacity) : half_(std::max<std::size_t>(capacity / 2, 1)) {}

  // nullptr if unknown; valid until the next call.
  Value* find(const Key& key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    auto found = old_.extract(key);
    if (found.empty()) return nullptr;
    make_room();
    return &young_.insert(std::move(found)).position->second;
  }

  void put(const Key& key, Value value) {
    if (Value* known = find(key)) {
      *known = std::move(value);
      return;
    }
    make_room();
    young_.emplace(key, std::move(value));
  }

  void erase(const Key& key) {
    young_.erase(key);
    old_.erase(key);
  }

  void clear() {
    young_.clear();
    old_.clear();
  }

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  void make_room() {
    if (young_.size() >= half_) old_ = std::exchange(young_, {});
  }

  std::size_t half_;
  std::unordered_map<Key, Value, Hash> young_;
  std::unordered_map<Key, Value, Hash> old_;
};

}  // namespace mla::base
