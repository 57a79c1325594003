#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/redis/redis.h"
#include "apps/ml-analytics/call.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/config/load.h"
#include "foundation/store/database.h"
#include "foundation/telemetry/metrics.h"
#include "front/engine/engine.h"
#include "operations/security/security.h"

namespace mla::apps {

inline constexpr int kDone = 0;
inline constexpr int kWorkFailed = 1;
inline constexpr int kWordsAreOff = 2;

// Prints "ml-analytics: <message>" on stderr and returns kWorkFailed.
int fail(const base::Error& error);
// The same for words of the call that only the work could judge (--params, --algorithm): returns kWordsAreOff.
int refuse(const base::Error& error);
// Either, by the error: kInvalidArgument is the fault of words.
int refuse_or_fail(const base::Error& error);

// Ctrl-C and SIGTERM raise this flag; a second Ctrl-C ends the process at once.
base::CancelFlag& stop_flag();
void watch_signals();
// From the first call on SIGHUP no longer ends the process; true if one came since the last call.
bool take_hangup();

// Opens what a database URL names; `statement_timeout` in seconds (database.statement_timeout).
base::Result<std::unique_ptr<store::Database>> open_database(std::string_view url, double statement_timeout);

// Settings of the call, with logging set up accordingly.
base::Result<config::Configuration> configure(const CommonOptions& common);

// What `--algorithm auto` is asked.
training::SelectionOptions selection_options(const AutoOptions& options);

// What `train` asks the engine, now or later.
engine::TrainRequest train_request(const TrainOptions& options);

// Whether a command is one of several servers, which share answers and limits in Redis (cache.redis_url).
enum class Shares : bool { kNo, kYes };

// Settings, database and engine of one command. The engine refers to the others, so they stay put.
class Program {
 public:
  static base::Result<std::unique_ptr<Program>> open(const CommonOptions& common, Shares shares = Shares::kNo);

  const config::Settings& settings() const { return configuration_.settings; }
  engine::Engine& engine() { return *engine_; }
  telemetry::Metrics& metrics() { return metrics_; }
  // Identity and permission of the same database, opened anew with each call. This must outlive it.
  base::Result<std::unique_ptr<security::Security>> open_security() const;

 private:
  Program() = default;
  config::Configuration configuration_;
  base::SystemClock clock_;
  telemetry::Metrics metrics_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<redis::Redis> redis_;  // null: nothing is shared
  std::unique_ptr<engine::Engine> engine_;
};

// Settings, database and security of a command that needs no engine. They refer to each other, so they stay put.
class SecurityProgram {
 public:
  static base::Result<std::unique_ptr<SecurityProgram>> open(const CommonOptions& common);

  security::Security& security() { return *security_; }

 private:
  SecurityProgram() = default;
  config::Configuration configuration_;
  base::SystemClock clock_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<security::Security> security_;
};

// Whoever works on this machine, as the audit log names them: "local:root".
security::Actor local_actor();

}  // namespace mla::apps
