#include "foundation/cache/memory_tier.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <xxhash.h>

namespace mla::cache {
namespace {

constexpr std::size_t kMostShards = 16;
constexpr std::size_t kLeastInShard = 128;  // entries: fewer, and chance would fill some shards long before others
constexpr std::size_t kSmallShare = 10;     // the small queue has 1 / kSmallShare of the room
constexpr std::uint8_t kMostFrequent = 3;
constexpr std::uint8_t kWanted = 2;     // so often asked for again in the small queue
constexpr std::size_t kOverhead = 160;  // of an entry: its node, its place in the index, its ghost

}  // namespace

class MemoryTier::Shard {
 public:
  explicit Shard(Limits limits) : limits_(limits) {}

  Found find(std::string_view key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return {};
    Entry& entry = *found->second;
    if (entry.frequency < kMostFrequent) ++entry.frequency;
    return {entry.value, entry.expires};
  }

  void put(std::string_view key, std::size_t hash, Value value, std::size_t bytes, double expires) {
    bytes += key.size() + kOverhead;
    Value old;  // goes after the lock
    std::list<Entry> gone;
    const std::lock_guard lock(mutex_);
    if (const auto known = index_.find(key); known != index_.end()) {
      Entry& entry = *known->second;
      Queue& queue = entry.in_main ? main_ : small_;
      if (bytes > limits_.bytes) {
        remove(queue, known->second, gone);
        return;
      }
      queue.bytes += bytes - entry.bytes;
      entry.bytes = bytes;
      entry.expires = expires;
      old = std::exchange(entry.value, std::move(value));
    } else {
      if (bytes > limits_.bytes || limits_.entries == 0) return;
      const bool was_here = ghosts_.erase(hash) > 0;
      Queue& queue = was_here ? main_ : small_;
      queue.entries.push_front({std::string(key), hash, std::move(value), bytes, expires, 0, was_here});
      queue.bytes += bytes;
      const auto place = queue.entries.begin();
      index_.emplace(place->key, place);
    }
    make_room(gone);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    index_.clear();
    small_ = {};
    main_ = {};
    ghosts_.clear();
    ghost_order_.clear();
  }

  Size size() const {
    const std::lock_guard lock(mutex_);
    return {index_.size(), small_.bytes + main_.bytes};
  }

 private:
  struct Entry {
    std::string key;
    std::size_t hash;
    Value value;
    std::size_t bytes;
    double expires;
    std::uint8_t frequency;
    bool in_main;
  };
  using Place = std::list<Entry>::iterator;
  struct Queue {
    std::list<Entry> entries;  // the newest first
    std::size_t bytes = 0;
  };

  bool is_full() const { return index_.size() > limits_.entries || small_.bytes + main_.bytes > limits_.bytes; }

  bool small_has_its_share() const {
    return small_.entries.size() > limits_.entries / kSmallShare || small_.bytes > limits_.bytes / kSmallShare;
  }

  void make_room(std::list<Entry>& gone) {
    while (is_full()) {
      if (!small_.entries.empty() && (small_has_its_share() || main_.entries.empty())) {
        leave_small(gone);
      } else {
        leave_main(gone);
      }
    }
  }

  void leave_small(std::list<Entry>& gone) {
    const Place last = std::prev(small_.entries.end());
    if (last->frequency < kWanted) {
      remember(last->hash);
      remove(small_, last, gone);
      return;
    }
    last->frequency = 0;
    last->in_main = true;
    small_.bytes -= last->bytes;
    main_.bytes += last->bytes;
    main_.entries.splice(main_.entries.begin(), small_.entries, last);
  }

  void leave_main(std::list<Entry>& gone) {
    const Place last = std::prev(main_.entries.end());
    if (last->frequency == 0) {
      remove(main_, last, gone);
      return;
    }
    --last->frequency;
    main_.entries.splice(main_.entries.begin(), main_.entries, last);
  }

  void remove(Queue& queue, Place place, std::list<Entry>& gone) {
    index_.erase(place->key);
    queue.bytes -= place->bytes;
    gone.splice(gone.begin(), queue.entries, place);
  }

  // As many ghosts as there may be entries. One that came back leaves its place in the order behind.
  void remember(std::size_t hash) {
    if (!ghosts_.insert(hash).second) return;
    ghost_order_.push_back(hash);
    while (ghost_order_.size() > limits_.entries) {
      ghosts_.erase(ghost_order_.front());
      ghost_order_.pop_front();
    }
  }

  const Limits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string_view, Place> index_;  // keys are those of the entries
  Queue small_;
  Queue main_;
  std::unordered_set<std::size_t> ghosts_;  // hashes of what left the small queue lately
  std::deque<std::size_t> ghost_order_;
};

MemoryTier::MemoryTier(Limits limits) {
  const std::size_t shards = std::clamp<std::size_t>(limits.entries / kLeastInShard, 1, kMostShards);
  for (std::size_t i = 0; i < shards; ++i) {
    // Together exactly the limit.
    const std::size_t entries = limits.entries / shards + (i < limits.entries % shards ? 1 : 0);
    shards_.push_back(std::make_unique<Shard>(Limits{entries, limits.bytes / shards}));
  }
}

MemoryTier::~MemoryTier() = default;

MemoryTier::Shard& MemoryTier::shard_of(std::size_t hash) const { return *shards_[hash % shards_.size()]; }

MemoryTier::Found MemoryTier::find(std::string_view key) {
  return shard_of(XXH3_64bits(key.data(), key.size())).find(key);
}

void MemoryTier::put(std::string_view key, Value value, std::size_t bytes, double expires) {
  const std::size_t hash = XXH3_64bits(key.data(), key.size());
  shard_of(hash).put(key, hash, std::move(value), bytes, expires);
}

void MemoryTier::clear() {
  for (const auto& shard : shards_) shard->clear();
}

MemoryTier::Size MemoryTier::size() const {
  Size all;
  for (const auto& shard : shards_) {
    const Size one = shard->size();
    all.entries += one.entries;
    all.bytes += one.bytes;
  }
  return all;
}

}  // namespace mla::cache
