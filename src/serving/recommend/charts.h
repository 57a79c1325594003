#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"

namespace mla::recommend {

// A place in a chart. No model was asked and nothing is known of who asks, so there is no probability.
struct ChartEntry {
  base::ItemId track_id;
  std::string track_name;
  std::string artist_name;
  std::string album;
  std::string release_date;    // "1999", "1999-05" or "1999-05-01"; empty: unknown
  double plays = 0;            // of all listeners
  std::int64_t listeners = 0;  // who have played it
  std::string reason;          // why it stands there
};

// What most people play, and what came out last, from the catalogue alone. Thread-safe.
class Charts {
 public:
  static constexpr std::size_t kMost = 500;
  static constexpr double kHalfLifeDays = 30;  // a play counts half after so many days
  static constexpr base::UnixMillis kKept = 60 * base::kMillisPerSecond;

  // `catalog` must outlive this.
  explicit Charts(const catalog::Catalog& catalog) : catalog_(catalog) {}

  // By plays that fade with their age. All events are read for it, so that a chart is kept for a minute; who asks while
  // a new one is made, or while the database cannot be reached, gets the old one, if there is one. REQUIRES: 1 <= limit
  // <= kMost.
  base::Result<std::vector<ChartEntry>> popular(std::size_t limit, base::UnixMillis now);
  // Tracks with a release date that is not in the future, the newest first; plays are not counted here.
  // REQUIRES: 1 <= limit <= kMost.
  base::Result<std::vector<ChartEntry>> latest(std::size_t limit, base::UnixMillis now) const;

 private:
  using Chart = std::vector<ChartEntry>;
  base::Result<std::shared_ptr<const Chart>> make_popular(base::UnixMillis now) const;
  bool is_fresh(base::UnixMillis now) const { return popular_ && now >= made_ && now - made_ < kKept; }

  const catalog::Catalog& catalog_;
  std::mutex making_;  // taken before mutex_
  std::mutex mutex_;   // guards what follows
  std::shared_ptr<const Chart> popular_;
  base::UnixMillis made_ = 0;
};

}  // namespace mla::recommend
