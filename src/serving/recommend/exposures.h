#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_set>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "serving/recommend/request.h"

namespace mla::recommend {

// What listeners were shown on which day (recommend.h's listener_day), so that tomorrow's answer is another one than
// today's. What was shown today does not count today: the same question has the same answer all day long.
// Thread-safe.
class Exposures {
 public:
  static constexpr double kHalfLifeDays = 3;
  static constexpr std::int64_t kDaysKept = 15;  // a showing counts 1/25 then

  // Brings the schema up to date; refuses a newer one. `database` must outlive this.
  static base::Result<std::unique_ptr<Exposures>> open(store::Database& database);
  ~Exposures();

  // What was shown to the listener on the kDaysKept days before `day`. The weight is that of the latest showing,
  // 2^-((age - 1) / kHalfLifeDays) with its age in days, from 1.
  base::Result<std::vector<Shown>> before(const base::UserId& user, std::int64_t day) const;

  // Takes note; nothing is written yet, and the same items twice in a day are one showing.
  void note(const base::UserId& user, std::int64_t day, std::span<const Recommendation> shown);
  // Writes what was noted, and forgets what is too old to count. Also at the end of life, where an error is lost: so is
  // at most what was shown since the last flush, which costs nobody anything but a repetition.
  base::Status flush();

 private:
  struct Row {
    base::UserId user;
    std::int64_t day;
    base::ItemId item;
  };
  explicit Exposures(store::Database& database) : database_(&database) {}

  store::Database* database_;
  std::mutex mutex_;
  std::vector<Row> waiting_;
  std::unordered_set<std::uint64_t> noted_;  // hashes of user, day and item, bounded
};

}  // namespace mla::recommend
