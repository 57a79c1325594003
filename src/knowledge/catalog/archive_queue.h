#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "knowledge/catalog/event.h"

namespace mla::catalog {

// What an archive beside the database (docs/archive.md) has not been told yet. Once one follows, every write of events
// and every erasure of a listener leaves a row here, in its own transaction, which stays until the archive has
// acknowledged it: an archive that is away loses nothing, and nobody waits for it. Before that, and without an archive,
// nothing is left. Thread-safe.
class ArchiveQueue {
 public:
  // REQUIRES: the tables are there (Catalog::open); `database` outlives this.
  explicit ArchiveQueue(store::Database& database) : database_(&database) {}

  struct State {
    std::string target;          // which archive follows: what `follow` was told; empty: none ever did
    bool following = false;      // false: only erasures are left here
    std::int64_t analyses = 0;   // the number of the last full analysis that it has acknowledged
    base::UnixMillis heard = 0;  // when it acknowledged something last; 0: never
    std::string problem;         // what was wrong when it was asked last
    std::string holder;          // who tells it; empty: nobody now
    base::UnixMillis until = 0;  // and for how long nobody else does
    std::int64_t waiting = 0;    // parts of histories, and erasures; counted up to kMany + 1
  };
  static constexpr std::int64_t kMany = 1000;
  base::Result<State> state() const;
  // All that waits, however much: each is a part of one listener's history, or a listener.
  struct Waiting {
    std::int64_t histories = 0;
    std::int64_t erasures = 0;
  };
  base::Result<Waiting> waiting() const;

  // From now on `target` follows; nothing happens if it does already. All that is there waits for a new one, and claims
  // for another one count no more.
  base::Status follow(std::string_view target);
  // No archive follows any more. What waited is forgotten, but for erasures. False if none followed.
  base::Result<bool> stop();

  // The right to tell `target`, of one at a time: 0 if another one has it, or another archive follows. Otherwise a
  // number that no other claim has, which counts until `until`, or for longer if no other claim was made.
  base::Result<std::int64_t> claim(std::string_view target, std::string_view holder, base::UnixMillis now,
                                   base::UnixMillis until);
  // Gives it back, if it still counts.
  base::Status release(std::int64_t claim);

  // What is told at once: events, or one listener to be erased. In the order in which they were written, but for
  // events that came to a history while it waited: they may be told early, and again.
  struct Batch {
    struct Part {  // a row of the queue
      std::int64_t revision = 0;
      std::int64_t user = 0;
      bool whole = true;  // no more is there than these events; else they end at
      std::int64_t time = 0;
      std::vector<std::byte> id;
    };
    std::vector<Event> events;  // as they were heard: `item` is not what it was matched with
    std::optional<base::UserId> erased;
    std::vector<Part> parts;
    bool empty() const { return parts.empty(); }
  };
  // At most `most` events; empty if nothing waits.
  base::Result<Batch> next(std::size_t most) const;

  // The archive has acknowledged this: it waits no more, and the claim counts until `until`. False if the claim counts
  // no more: another one may have erased a listener before these events arrived. Then those listeners are queued again,
  // to be erased and told anew.
  base::Result<bool> done(std::int64_t claim, const Batch& batch, base::UnixMillis now, base::UnixMillis until);
  // The same of full analyses up to a number, which it does no harm to tell twice.
  base::Result<bool> done(std::int64_t claim, std::int64_t analyses, base::UnixMillis now, base::UnixMillis until);
  // What was wrong; "" if nothing was.
  base::Status note_problem(std::string_view problem);

 private:
  store::Database* database_;
};

}  // namespace mla::catalog
