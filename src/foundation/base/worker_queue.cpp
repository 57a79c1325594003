#include "foundation/base/worker_queue.h"

#include <cassert>
#include <utility>

namespace mla::base {

WorkerQueue::WorkerQueue(int threads, std::size_t capacity, Watch watch)
    : capacity_(capacity), watch_(std::move(watch)) {
  assert(threads > 0);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void WorkerQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

bool WorkerQueue::push(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || jobs_.size() >= capacity_) return false;
    jobs_.push_back(std::move(job));
    watch_(jobs_.size());
  }
  wake_.notify_one();
  return true;
}

void WorkerQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    watch_(jobs_.size());
    lock.unlock();
    job();
    job = nullptr;  // what it holds is let go outside the lock
    lock.lock();
  }
}

}  // namespace mla::base
