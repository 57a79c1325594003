#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "foundation/base/recent_map.h"
#include "foundation/math/top_k.h"
#include "learning/models/recommender.h"
#include "serving/recommend/profile.h"

namespace mla::recommend {

// What a model said about one listener: the best items that may be recommended, and why it likes those asked about.
struct Opinion {
  std::vector<math::Scored> best;
  std::map<std::int32_t, std::vector<models::Evidence>> evidence;
  std::vector<std::int32_t> marks = {};  // models::Recommender::best_marked
};

// Opinions of one model bundle, so that a listener whose history did not change is scored once. The key is a hash of
// all that scoring and explaining depend on: a new event, a ban or a later hour is another key, and nothing has to be
// invalidated. Bounded. Thread-safe.
class OpinionCache {
 public:
  using Key = std::array<std::uint64_t, 2>;  // XXH3-128; two listeners share one by a chance of 2^-128

  // About 4 KB an opinion: at most 32 MB.
  explicit OpinionCache(std::size_t capacity = 8192) : opinions_(capacity) {}

  static Key key(const models::Recommender& model, const Profile& profile, base::UnixMillis now, std::size_t depth);

  // nullptr if unknown.
  std::shared_ptr<const Opinion> find(const Key& key);
  void put(const Key& key, std::shared_ptr<const Opinion> opinion);
  std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const Key& key) const { return static_cast<std::size_t>(key[0]); }
  };

  mutable std::mutex mutex_;
  base::RecentMap<Key, std::shared_ptr<const Opinion>, Hash> opinions_;
};

}  // namespace mla::recommend
