#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "foundation/base/clock.h"
#include "foundation/base/work.h"

namespace mla::training {

// Seconds that may be spent, from construction on. The clock is injected: seconds that never go back.
class Budget {
 public:
  using Clock = std::function<double()>;
  explicit Budget(double seconds, Clock now = base::monotonic_seconds)
      : now_(std::move(now)), start_(now_()), seconds_(seconds) {}

  double total() const { return seconds_; }
  double spent() const { return now_() - start_; }
  double left() const { return seconds_ - spent(); }

 private:
  Clock now_;
  double start_;
  double seconds_;
};

// Half of this machine's memory: what `auto` may use unless told otherwise.
std::int64_t default_memory_bytes();

// Watches one computation from a thread of its own and raises its flag when somebody cancels, when its time is over, or
// when this process holds more memory than it may. Looks every 10 ms.
class Watch {
 public:
  enum class Reason : std::uint8_t { kNone, kCancelled, kTime, kMemory };

  // `parent` must outlive the watch. Infinite seconds and 0 bytes: no limit.
  Watch(const base::CancelFlag& parent, double seconds, std::int64_t memory_bytes);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  const base::CancelFlag& flag() const { return flag_; }
  // Why the flag is up.
  Reason reason() const { return reason_.load(); }

 private:
  void raise(Reason reason);

  base::CancelFlag flag_;
  std::atomic<Reason> reason_{Reason::kNone};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace mla::training
