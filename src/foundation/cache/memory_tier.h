#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace mla::cache {

// Values in memory, bounded by entries and by bytes, in shards with a lock each. What is pushed out is decided by
// S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023): what comes in
// waits in a small queue, a tenth of the room, and only what is asked for twice again there, or comes back soon after
// it left, moves on to the main one. So a scan of things asked for once pushes nothing out that is in use. Thread-safe.
class MemoryTier {
 public:
  using Value = std::shared_ptr<const void>;
  struct Limits {
    std::size_t entries = 1000;  // 0: keeps nothing
    std::size_t bytes = std::size_t{256} << 20;
  };
  struct Found {
    Value value;         // nullptr: not there
    double expires = 0;  // as it was put
  };
  struct Size {
    std::size_t entries = 0;
    std::size_t bytes = 0;
  };

  explicit MemoryTier(Limits limits);
  ~MemoryTier();

  // Also what has expired: whoever asks judges.
  Found find(std::string_view key);
  // Replaces what was there. `bytes` is the size of the value; key and bookkeeping are added. What is larger than a
  // shard is not kept.
  void put(std::string_view key, Value value, std::size_t bytes, double expires);
  void clear();
  Size size() const;

 private:
  class Shard;
  Shard& shard_of(std::size_t hash) const;

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace mla::cache
