#include "serving/recommend/opinion_cache.h"

#include <utility>

#define XXH_STATIC_LINKING_ONLY  // the state on the stack
#include <xxhash.h>

namespace mla::recommend {
namespace {

class Hasher {
 public:
  Hasher() { XXH3_128bits_reset(&state_); }
  template <class T>
  void add(const T& value) {
    static_assert(std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>);
    XXH3_128bits_update(&state_, &value, sizeof value);
  }
  OpinionCache::Key finish() {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return {hash.low64, hash.high64};
  }

 private:
  XXH3_state_t state_;
};

}  // namespace

OpinionCache::Key OpinionCache::key(const models::Recommender& model, const Profile& profile, base::UnixMillis now,
                                    std::size_t depth) {
  Hasher hasher;
  hasher.add(reinterpret_cast<std::uintptr_t>(&model));  // parts of one bundle, which outlives its cache
  hasher.add(now);
  hasher.add(depth);
  hasher.add(profile.history.size());
  for (const models::HistoryEntry& entry : profile.history) {
    hasher.add(entry.item);
    hasher.add(entry.weight);
    hasher.add(entry.time);
  }
  for (const std::int32_t item : profile.blocked) hasher.add(item);
  return hasher.finish();
}

std::shared_ptr<const Opinion> OpinionCache::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto* found = opinions_.find(key);
  return found ? *found : nullptr;
}

void OpinionCache::put(const Key& key, std::shared_ptr<const Opinion> opinion) {
  const std::lock_guard lock(mutex_);
  opinions_.put(key, std::move(opinion));
}

std::size_t OpinionCache::size() const {
  const std::lock_guard lock(mutex_);
  return opinions_.size();
}

}  // namespace mla::recommend
