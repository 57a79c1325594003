#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/redis/impl/connection.h"
#include "adapters/redis/impl/location.h"

namespace mla::redis {

// Connections to one server that may be away, and the circuit breaker before them (Nygard, "Release It!", 2nd ed. 2018,
// chapter 5). It is closed while questions are answered, and opens, so that none is asked, when kFailures in a row were
// not, or when a connection that was lost cannot be made anew. A thread in the background connects, and asks one
// question as a caller would: half-open is that one question, and the answer closes the breaker. Callers never connect
// and never wait for a connection. Thread-safe.
class Link {
 public:
  using Clock = Connection::Clock;
  static constexpr int kFailures = 3;
  static constexpr std::size_t kFewestConnections = 4;
  static constexpr std::size_t kMostConnections = 256;

  struct Options {
    std::string probe_key;                  // written by the question that closes the breaker
    std::chrono::duration<double> timeout;  // of one question
    std::chrono::duration<double> retry;    // between attempts to connect
  };

  Link(Location location, Options options);
  ~Link();

  // Until it was tried once to connect, or for a quarter of a second.
  void wait_for_first_attempt() const;

  // What the server answers to a command; nothing if it is away, silent, refuses, or all connections are in use: then
  // there will be one more for the next caller.
  std::optional<Reply> ask(std::initializer_list<std::string_view> words);
  // The same by and by, in the background: of what waits there are 16 MiB at most, and what comes beyond is dropped.
  void tell(std::vector<std::string> words);

  // Why the breaker is open, in one line; empty where it is closed.
  std::string problem() const;

 private:
  using Lease = std::unique_ptr<Connection>;

  void run();
  void connect(std::unique_lock<std::mutex>& lock);
  void send_next(std::unique_lock<std::mutex>& lock);
  base::Result<Lease> open_and_probe() const;
  Lease take();
  std::optional<Reply> ask_on(Lease connection, std::span<const std::string_view> words);
  void count_failure(const std::string& reason);
  void open_breaker(const std::string& reason);

  const Location location_;
  const Options options_;
  std::atomic<bool> open_{true};  // the breaker; written under mutex_
  mutable std::mutex mutex_;
  mutable std::condition_variable wake_;
  // What follows is guarded by mutex_.
  std::vector<Lease> idle_;
  std::size_t connections_ = 0;  // idle or lent
  std::size_t wanted_ = kFewestConnections;
  int failures_ = 0;  // in a row
  std::string reason_ = "not connected yet";
  bool tried_ = false;
  bool stop_ = false;
  Clock::time_point next_attempt_;
  std::deque<std::vector<std::string>> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::thread thread_;  // last: it uses the others
};

}  // namespace mla::redis
