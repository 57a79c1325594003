#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "foundation/store/database.h"
#include "foundation/store/write_behind.h"
#include "serving/experiments/assignment.h"

namespace mla::experiments {

// An item counts as heard, skipped or liked because it was shown if that happens within this time after the listener
// was first shown it in the experiment.
inline constexpr base::UnixMillis kWindow = base::kMillisPerDay;

enum class State : std::uint8_t { kRunning, kStopped, kPromoted, kRolledBack };
std::string_view to_string(State state);  // "running", "stopped", "promoted", "rolled back"

// What to compare. Names of versions are as models give them ("hybrid/3"); they are text here.
struct Plan {
  std::string name;       // 1 to 64 of a-z A-Z 0-9 . _ -; the salt of the assignment, never used twice
  std::string model;      // whose requests are divided: one running experiment each
  std::string control;    // the version that is served
  std::string treatment;  // the version beside it
  int treated = 0;        // buckets of kBuckets, 1 … kBuckets - 1
  // A canary: ends itself, by promotion once so many treated listeners have heard something and so many hours have
  // passed, or by rolling back.
  bool canary = false;
  int listeners = 0;
  int hours = 0;
};

struct Experiment {
  std::int64_t number = 0;
  Plan plan;
  State state = State::kRunning;
  std::string reason;  // why it ended
  base::UnixMillis started = 0;
  base::UnixMillis ended = 0;  // 0: it runs
};

// The answer to one request, as an experiment notes it.
struct Answered {
  base::UserId user;
  Arm arm = Arm::kControl;
  base::UnixMillis time = 0;
  double milliseconds = 0;
  bool failed = false;  // the treatment had no answer; another one gave it
  std::vector<base::ItemId> items;
};

// One value a listener, in the order in which they came in: what sequential.h reads. They only grow at their ends, also
// when several processes write: a listener's value is written once.
struct Series {
  std::vector<double> control;
  std::vector<double> treatment;
};

struct Observed {
  Series skipped;       // 1 if the first shown item that the listener heard was skipped, else 0
  Series milliseconds;  // of the first answer
  Series failed;        // 1 if the first answer failed, else 0
};

// A listener and what was shown, for the report and for outcomes.
struct Listener {
  std::int64_t number = 0;
  base::UserId user;
  Arm arm = Arm::kControl;
  std::unordered_map<base::ItemId, base::UnixMillis> shown;  // when first
};

// Experiments of all processes that share a database, who took part in them, and what they were shown. Thread-safe.
class Experiments {
 public:
  static constexpr std::int64_t kMostListeners = 100'000;  // of one experiment; later ones are answered, not noted
  static constexpr std::size_t kMostItems = 200;           // of one listener

  // Brings the schema up to date; refuses a newer one. `database` must outlive this.
  static base::Result<std::unique_ptr<Experiments>> open(store::Database& database);

  // kInvalidArgument: a word of the plan is off, the name was used, or one runs on this model.
  base::Result<Experiment> start(const Plan& plan, base::UnixMillis now);
  // The newest first.
  base::Result<std::vector<Experiment>> list() const;
  // kNotFound names what there is.
  base::Result<Experiment> find(std::string_view name) const;
  // False if it had ended, then nothing changes: of several that end it one is told so.
  base::Result<bool> end(const Experiment& experiment, State state, std::string_view reason, base::UnixMillis now);

  // What ran at the last `look`.
  std::shared_ptr<const std::vector<Experiment>> running() const;
  // Reads what runs now.
  base::Result<std::shared_ptr<const std::vector<Experiment>>> look();

  // Takes note; nothing is written yet. Beyond a million items nothing is noted until a flush succeeds.
  void note(const Experiment& experiment, const Answered& answered);
  // Writes what was noted; what could not be written is tried again at the next call.
  base::Status flush();

  // Listeners after `after` (Listener::number), at most `limit`; with `without_outcome` those of whom it is not known
  // yet what they did with what they heard first.
  base::Result<std::vector<Listener>> listeners(const Experiment& experiment, std::int64_t after, int limit,
                                                bool without_outcome) const;
  // By Listener::number: was what they heard first skipped? Who has an outcome keeps it.
  base::Status put_outcomes(const Experiment& experiment, std::span<const std::pair<std::int64_t, bool>> skipped);
  base::Result<Observed> observed(const Experiment& experiment) const;

  // What a listener took part in, and what was shown meanwhile; writes what was noted first.
  struct Participation {
    std::string experiment;
    Arm arm = Arm::kControl;
    double milliseconds = 0;  // of the first answer
    bool failed = false;
    std::vector<std::pair<base::ItemId, base::UnixMillis>> shown;  // when first, by time
  };
  base::Result<std::vector<Participation>> of(const base::UserId& user);
  // Forgets a listener; true if there was something. What they did is gone from reports too. What another process has
  // noted and not written yet is not known here: ask again after its next flush.
  base::Result<bool> erase(const base::UserId& user);

 private:
  struct Waiting {
    std::int64_t experiment = 0;
    Answered first;  // its items and those of later answers
    std::vector<base::UnixMillis> times;
  };
  using Rows = std::unordered_map<std::string, Waiting>;  // by experiment and listener
  explicit Experiments(store::Database& database) : database_(&database) {}
  base::Status write(const Rows& rows);
  base::Result<std::vector<Experiment>> read(std::string_view condition, std::string_view value) const;

  store::Database* database_;
  store::WriteBehind<Rows> noted_;
  mutable std::mutex mutex_;  // guards running_
  std::shared_ptr<const std::vector<Experiment>> running_ = std::make_shared<const std::vector<Experiment>>();
};

}  // namespace mla::experiments
