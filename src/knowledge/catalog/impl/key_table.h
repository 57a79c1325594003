#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "foundation/store/database.h"

namespace mla::catalog {

// The integer keys of the ids that one batch names: each id is looked up once, and made if it is new.
class KeyTable {
 public:
  // REQUIRES: `id` lives as long as the table. Returns a number that counts distinct ids from 0.
  std::uint32_t add(std::string_view id);

  // Finds the key of each id with `select` (one parameter, one column) or makes it with `insert` (the same).
  base::Status resolve(store::Connection& connection, std::string_view select, std::string_view insert);

  std::int64_t key(std::uint32_t index) const { return keys_[index]; }
  std::int64_t created() const { return created_; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t index = 0;  // of ids_, plus 1; 0: free
  };
  void grow();

  std::vector<std::string_view> ids_;
  std::vector<std::uint32_t> hashes_;
  std::vector<Slot> slots_ = std::vector<Slot>(16);  // open addressing, a power of two
  std::vector<std::int64_t> keys_;
  std::int64_t created_ = 0;
};

}  // namespace mla::catalog
