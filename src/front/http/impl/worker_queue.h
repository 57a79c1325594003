#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "foundation/telemetry/metrics.h"

namespace mla::http {

// Threads that run handlers, behind a queue that refuses rather than grows. Thread-safe.
class WorkerQueue {
 public:
  // REQUIRES: threads > 0. `depth` shows how many jobs wait.
  WorkerQueue(int threads, std::size_t capacity, telemetry::Gauge depth);
  ~WorkerQueue() { stop(); }
  WorkerQueue(const WorkerQueue&) = delete;
  WorkerQueue& operator=(const WorkerQueue&) = delete;

  // False if `capacity` jobs wait already, or after `stop`. Jobs must not throw.
  bool push(std::function<void()> job);
  // Runs what waits, then ends the threads.
  void stop();

 private:
  void work();

  const std::size_t capacity_;
  telemetry::Gauge depth_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stop_ = false;                       // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace mla::http
