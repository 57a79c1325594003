#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "foundation/base/result.h"

namespace mla::store {

// Rows that are noted in memory and written by and by, so that no request waits for a disk. `Rows` is a container by
// key. What could not be written is kept and tried again. Bounded by what tells one note from another: a hash of 64
// bits each. Thread-safe.
template <class Rows>
class WriteBehind {
 public:
  static constexpr std::size_t kMostNoted = 1 << 20;  // hashes, 8 MB and their table

  // What waits, and what was noted already.
  class Notes {
   public:
    // Whether this was not noted before. Beyond kMostNoted nothing is new until a flush succeeds.
    bool is_new(std::uint64_t hash) {
      return buffer_->noted_.size() < kMostNoted && buffer_->noted_.insert(hash).second;
    }
    Rows& rows() { return buffer_->waiting_; }

   private:
    friend WriteBehind;
    explicit Notes(WriteBehind& buffer) : buffer_(&buffer) {}
    WriteBehind* buffer_;
  };

  // Calls `take(Notes)` under the lock.
  template <class Take>
  void note(Take&& take) {
    const std::lock_guard lock(mutex_);
    take(Notes(*this));
  }

  // Calls `look(const Rows&)` under the lock for what waits and for what is being written. Who looks here first and
  // into the database then misses nothing: what leaves here is in the database by then.
  template <class Look>
  void see(Look&& look) const {
    const std::lock_guard lock(mutex_);
    look(waiting_);
    look(writing_);
  }

  // Calls `write(const Rows&)`, which answers a base::Status, with what was noted, if anything was. One at a time;
  // after an error the next flush writes the same rows, and the one after it what was noted since.
  template <class Write>
  base::Status flush(Write&& write) {
    const std::lock_guard one_at_a_time(flushing_);
    {
      const std::lock_guard lock(mutex_);
      if (writing_.empty()) writing_ = std::exchange(waiting_, {});
      if (writing_.empty()) return {};
    }
    MLA_CHECK(write(std::as_const(writing_)));
    const std::lock_guard lock(mutex_);
    writing_.clear();
    if (noted_.size() > kMostNoted / 2) noted_.clear();
    return {};
  }

  // Calls `drop(Rows&)` for what waits and what could not be written, then `then()`, whose answer it gives, before
  // another flush begins: what was dropped does not come back.
  template <class Drop, class Then>
  auto take_back(Drop&& drop, Then&& then) {
    const std::lock_guard no_flush(flushing_);
    {
      const std::lock_guard lock(mutex_);
      drop(waiting_);
      drop(writing_);
    }
    return then();
  }

 private:
  std::mutex flushing_;  // taken before mutex_
  mutable std::mutex mutex_;
  Rows waiting_;
  Rows writing_;  // still there if writing failed
  std::unordered_set<std::uint64_t> noted_;
};

}  // namespace mla::store
