#include "learning/training/auto/budget.h"

#include <chrono>
#include <fstream>

#include <unistd.h>

namespace mla::training {
namespace {

constexpr std::chrono::milliseconds kLookEvery{10};

// Memory that this process holds now; 0 where /proc does not say.
std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  statm >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace

std::int64_t default_memory_bytes() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 2;
}

Watch::Watch(const base::CancelFlag& parent, double seconds, std::int64_t memory_bytes) {
  const double end = base::monotonic_seconds() + seconds;
  thread_ = std::thread([this, &parent, end, memory_bytes] {
    std::unique_lock lock(mutex_);
    do {
      if (parent.cancelled()) return raise(Reason::kCancelled);
      if (base::monotonic_seconds() >= end) return raise(Reason::kTime);
      if (memory_bytes > 0 && resident_bytes() > memory_bytes) return raise(Reason::kMemory);
    } while (!wake_.wait_for(lock, kLookEvery, [this] { return stop_; }));
  });
}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Watch::raise(Reason reason) {
  reason_.store(reason);
  flag_.cancel();
}

}  // namespace mla::training
