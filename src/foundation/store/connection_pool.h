#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/store/database.h"

namespace mla::store {

// What an adapter's connection says to its pool.
class PooledConnection : public Connection {
 public:
  enum class Condition : std::uint8_t { kGood, kSpent, kBroken };
  // Ends transactions and snapshots before it goes back. kSpent: it is not to be lent again; kBroken: nor are others.
  virtual Condition clean() noexcept = 0;
  // False: it broke while nobody used it. Asks without waiting.
  virtual bool alive() noexcept = 0;
};

struct PoolOptions {
  int max_connections = 64;                   // lent at once; idle ones are kept
  std::chrono::milliseconds patience{10000};  // how long a caller waits for a free connection
  // After a failure to connect, or a connection that broke, all callers get that error for so long, except one, who
  // tries: a server that is gone costs a request nothing. 0: everybody tries.
  std::chrono::milliseconds pause{0};
};

// The connections of one database, shared by the Database and its leases. Thread-safe. Made by make_shared.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  using Open = std::function<base::Result<std::unique_ptr<PooledConnection>>()>;

  // `name` is what people call the database; `open` makes a connection, called by several threads at once.
  ConnectionPool(std::string name, const PoolOptions& options, Open open);

  enum class Use : std::uint8_t { kAny, kMuchWriting };

  // kBusy if all connections stay lent; the error of `open`.
  base::Result<Lease> acquire(Use use = Use::kAny);

 private:
  using Clock = std::chrono::steady_clock;

  // Null: one has to be made. REQUIRES: mutex_ is held.
  std::unique_ptr<PooledConnection> take_idle(Use use);
  base::Result<std::unique_ptr<PooledConnection>> make();
  void give_back(std::unique_ptr<PooledConnection> connection, Use use);
  void note_failure(base::Error error, Clock::time_point next_try);

  const std::string name_;
  const PoolOptions options_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<PooledConnection>> idle_;
  std::unique_ptr<PooledConnection> idle_writer_;  // lent for other uses only where no more may be made
  int lent_ = 0;
  std::optional<base::Error> failure_;  // of the last try to connect, until one succeeds
  Clock::time_point next_try_;
  bool trying_ = false;  // somebody connects to see whether it is over
};

}  // namespace mla::store
