#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "foundation/base/id.h"
#include "foundation/base/recent_map.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "foundation/store/write_behind.h"
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
  // 2^-((age - 1) / kHalfLifeDays) with its age in days, from 1. The database is asked once a listener and day: what
  // another process shows a listener counts from the next day on.
  base::Result<std::vector<Shown>> before(const base::UserId& user, std::int64_t day);

  // Takes note; nothing is written yet, and the same items twice in a day are one showing. Beyond a million nothing is
  // noted until a flush succeeds.
  void note(const base::UserId& user, std::int64_t day, std::span<const Recommendation> shown);
  // Writes what was noted, and forgets what is too old to count; what could not be written is tried again at the next
  // call. Also at the end of life, where an error is lost: that costs nobody anything but a repetition.
  base::Status flush();

  struct Showing {
    std::int64_t day;
    base::ItemId item;
    bool operator==(const Showing&) const = default;
  };
  // All that is remembered of a listener, by day and item; writes what was noted first.
  base::Result<std::vector<Showing>> of(const base::UserId& user);
  // Forgets a listener; true if there was something. What another process has noted and not written yet is not known
  // here: ask again after its next flush.
  base::Result<bool> erase(const base::UserId& user);

 private:
  struct OnDay {
    std::int64_t day;
    base::ItemId item;
  };
  using Rows = std::unordered_map<base::UserId, std::vector<OnDay>>;
  struct Remembered {
    std::int64_t day;
    std::shared_ptr<const std::vector<Shown>> shown;
  };
  explicit Exposures(store::Database& database);
  base::Result<std::vector<Shown>> read(const base::UserId& user, std::int64_t day);

  base::Status write(const Rows& rows);

  store::Database* database_;
  store::WriteBehind<Rows> noted_;
  std::mutex mutex_;  // guards before_
  base::RecentMap<base::UserId, Remembered> before_;
};

}  // namespace mla::recommend
