#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "foundation/store/database.h"

namespace mla::catalog {

// The integer keys of ids (of users, or of items): each id is looked up in the database once, and made if it is new.
class KeyTable {
 public:
  // `select` finds the key of an id, `insert` makes it (each with one parameter and one result column).
  KeyTable(std::string_view select, std::string_view insert) : select_(select), insert_(insert) {}

  // Returns a number that counts distinct ids from 0. The id is copied. REQUIRES: at most kMaxIdBytes.
  std::uint32_t add(std::string_view id);

  // Finds or makes the keys of the ids that have none yet; returns how many were made.
  base::Result<std::int64_t> resolve(store::Connection& connection);

  // REQUIRES: resolved.
  std::int64_t key(std::uint32_t index) const { return keys_[index]; }
  std::size_t size() const { return ids_.size(); }
  // Forgets the keys, so that they are looked up again; the numbers stay.
  void forget_keys() { keys_.clear(); }
  void clear();

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t index = 0;  // of ids_, plus 1; 0: free
  };
  std::string_view keep(std::string_view id);
  void grow();

  std::string_view select_;
  std::string_view insert_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // the bytes of ids_
  std::size_t block_left_ = 0;
  std::vector<std::string_view> ids_;
  std::vector<std::uint32_t> hashes_;
  std::vector<Slot> slots_ = std::vector<Slot>(16);  // open addressing, a power of two
  std::vector<std::int64_t> keys_;                   // of the first ids
};

}  // namespace mla::catalog
