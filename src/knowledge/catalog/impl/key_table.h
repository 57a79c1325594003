#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/store/database.h"

namespace mla::catalog {

// The integer keys of ids (of users, or of items): each id is looked up in the database once, many in one statement,
// and made if it is new.
class KeyTable {
 public:
  // `table` has a column `id`, unique, and one `key` that numbers rows by itself; it outlives this.
  explicit KeyTable(std::string_view table) : table_(table) {}

  // Returns a number that counts distinct ids from 0. The id is copied. REQUIRES: at most kMaxIdBytes.
  std::uint32_t add(std::string_view id);

  // Finds or makes the keys of the ids that have none yet; returns how many were made. After an error, and where the
  // transaction is not committed, keys that were made are none: clear().
  base::Result<std::int64_t> resolve(store::Connection& connection);

  // REQUIRES: resolved.
  std::int64_t key(std::uint32_t index) const { return keys_[index]; }
  std::size_t size() const { return ids_.size(); }
  void clear();

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t index = 0;  // of ids_, plus 1; 0: free
  };
  std::string_view keep(std::string_view id);
  void grow();
  // Where the id is, or would be.
  std::size_t slot_of(std::string_view id, std::uint32_t hash) const;
  // Runs `sql`, which has a parameter for each of the ids, the last ones alike, and answers with ids and their keys.
  base::Status take_keys(store::Connection& connection, const std::string& sql, std::span<const std::uint32_t> indices,
                         std::size_t width);

  std::string_view table_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // the bytes of ids_
  std::size_t block_left_ = 0;
  std::vector<std::string_view> ids_;
  std::vector<std::uint32_t> hashes_;
  std::vector<Slot> slots_ = std::vector<Slot>(16);  // open addressing, a power of two
  std::vector<std::int64_t> keys_;                   // of the first ids
};

}  // namespace mla::catalog
