#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

#include "foundation/base/id.h"
#include "foundation/base/recent_map.h"
#include "knowledge/catalog/catalog.h"

namespace mla::engine {

// What the catalogue's versions were when they were last read, of the listeners who asked lately: while the database
// cannot be reached, the answers that were made of them are the best that is known. Bounded. Thread-safe.
class SeenVersions {
 public:
  // Of `listeners` at least, and of twice as many at most.
  explicit SeenVersions(std::size_t listeners) : seen_(2 * listeners) {}

  void note(const base::UserId& user, const catalog::Catalog::Versions& versions) {
    const std::lock_guard lock(mutex_);
    seen_.put(user, versions);
  }

  std::optional<catalog::Catalog::Versions> last(const base::UserId& user) {
    const std::lock_guard lock(mutex_);
    const auto* seen = seen_.find(user);
    return seen == nullptr ? std::nullopt : std::optional(*seen);
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    seen_.clear();
  }

 private:
  std::mutex mutex_;
  base::RecentMap<base::UserId, catalog::Catalog::Versions> seen_;  // guarded by mutex_
};

}  // namespace mla::engine
