#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "knowledge/catalog/impl/event_identity.h"

namespace mla::catalog {

// Counts how often each content was seen in one import, in bounded memory.
// Up to `exact_limit` different contents are counted exactly (16 bytes each at worst). Later ones go to a count-min
// sketch of fixed size (Cormode & Muthukrishnan 2005): their ordinals still differ from one another and are the same
// in each run over the same rows, but may skip numbers.
class OrdinalCounter {
 public:
  explicit OrdinalCounter(std::size_t exact_limit = std::size_t{1} << 23);

  // 0 for the first event of this content, then 1, 2, …
  std::uint32_t next(const Identity& content);

  std::size_t memory_bytes() const;

 private:
  struct Slot {
    std::uint64_t key = 0;  // 0: free
    std::uint32_t seen = 0;
  };
  Slot& find(std::uint64_t key);
  void grow();
  std::uint32_t next_in_sketch(std::uint64_t key, std::uint64_t second);

  std::size_t exact_limit_;
  std::size_t used_ = 0;
  std::vector<Slot> slots_;  // open addressing, a power of two
  std::vector<std::uint32_t> sketch_;
};

}  // namespace mla::catalog
