#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "foundation/base/result.h"
#include "foundation/base/thread_pool.h"

namespace mla::base {

// A flag that asks long work to stop. Thread-safe and async-signal-safe to set.
class CancelFlag {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

// Where long work says how far it is. Thread-safe.
class Progress {
 public:
  virtual ~Progress() = default;
  // Starts a step; `total` units of work, 0 if unknown. Ends the step before it.
  virtual void begin(std::string_view step, std::uint64_t total) = 0;
  virtual void advance(std::uint64_t units) = 0;
  // One line worth keeping on screen ("iALS chosen: ndcg 0.27").
  virtual void note(std::string_view line) = 0;
  virtual void end() = 0;
};

// Says nothing: for tests, servers and pipes.
class SilentProgress final : public Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override {}
  void note(std::string_view) override {}
  void end() override {}
};

// A bar on stderr if that is a terminal (step, percent, rate, time left; at most 10 updates a second), else silent.
std::unique_ptr<Progress> make_terminal_progress();

// What every long computation is given: threads, a place to report to, a flag to watch and a seed.
// Same seed, machine and build give the same bits whatever the pool's size.
struct Work {
  ThreadPool& pool;
  Progress& progress;
  const CancelFlag& cancel;
  std::uint64_t seed = 42;

  // The error to return when the flag is up. Look at least once a second.
  Status check() const {
    if (cancel.cancelled()) return Error{ErrorCode::kCancelled, "cancelled"};
    return {};
  }
};

}  // namespace mla::base
