#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "knowledge/catalog/archive_queue.h"
#include "operations/pipelines/archive/analyses.h"
#include "operations/pipelines/archive/archive.h"

namespace mla::pipelines {

// Tells an archive what it does not know yet: events, erasures of listeners, full analyses. What it has acknowledged is
// taken out of the queue in the database after that, so whatever ends this, wherever, nothing is lost, and what is told
// again is there once. Of several followers of one database, in whatever processes, one tells at a time. Not
// thread-safe.
class Follower {
 public:
  struct Options {
    std::size_t batch_size = 1000;  // documents
    double claim_seconds = 60;      // of silence, after which another one goes on; more than a batch may take
    double reach_seconds = 30;      // how often the archive is asked whether it is there, if there is nothing to tell
  };
  // From now on `archive` follows the database: all that is there is told it first. What is given must outlive this.
  static base::Result<Follower> open(store::Database& database, Archive& archive, const base::Clock& clock,
                                     const Options& options);

  struct Report {
    std::int64_t events = 0;    // told, some of them perhaps again
    std::int64_t analyses = 0;  // told
    std::int64_t erased = 0;    // listeners
    bool complete = true;       // nothing waited at the end; false: another follower is at it, or stop
  };
  // Tells all that waits, until `cancel`; a batch that is on its way is waited for. Errors: those of the archive, which
  // are noted in the database as its problem, and of the database; kUnsupported if another archive follows since. What
  // was told before an error is in `report`.
  base::Status run(const base::CancelFlag& cancel, Report& report);

 private:
  Follower(store::Database& database, Analyses analyses, Archive& archive, const base::Clock& clock,
           const Options& options);
  enum class Step : std::uint8_t { kMore, kNothingLeft, kClaimLost };
  base::Status tell(const base::CancelFlag& cancel, Report& report);
  base::Result<Step> tell_batch(std::int64_t claim, Report& report);
  base::Result<Step> tell_analyses(std::int64_t claim, Report& report);
  base::Status note(const base::Status& of_archive);
  base::UnixMillis claim_end() const;

  catalog::ArchiveQueue queue_;
  Analyses analyses_;
  Archive* archive_;
  const base::Clock* clock_;
  Options options_;
  std::string holder_;
  double reached_ = 0;  // base::monotonic_seconds when the archive last answered or was asked
};

}  // namespace mla::pipelines
