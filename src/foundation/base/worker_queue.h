#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mla::base {

// Threads that do jobs in the order of their coming, behind a queue that refuses rather than grows. Thread-safe.
class WorkerQueue {
 public:
  // Told how many jobs wait whenever that changes; quick, must not throw, calls nothing of the queue.
  using Watch = std::function<void(std::size_t waiting)>;
  // REQUIRES: threads > 0.
  WorkerQueue(int threads, std::size_t capacity, Watch watch);
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
  const Watch watch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stop_ = false;                       // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace mla::base
