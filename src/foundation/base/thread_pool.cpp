#include "foundation/base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>

namespace mla::base {
namespace {

// The loop that this thread works on, so that a loop inside it keeps its worker number (and with it its scratch
// buffers).
thread_local const ThreadPool* current_pool = nullptr;
thread_local int current_worker = 0;

}  // namespace

struct ThreadPool::Loop {
  std::size_t count;
  std::size_t grain;
  const Body& body;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr exception;  // guarded by the pool's mutex_
  int working = 0;               // guarded by the pool's mutex_

  // Runs chunks until none is left.
  void run(const ThreadPool& pool, int worker, std::mutex& mutex) {
    current_pool = &pool;
    current_worker = worker;
    for (;;) {
      const std::size_t begin = next.fetch_add(grain);
      if (begin >= count || failed.load()) break;
      try {
        body(begin, std::min(begin + grain, count), worker);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failed.exchange(true)) exception = std::current_exception();
      }
    }
    current_pool = nullptr;
    current_worker = 0;
  }
};

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int worker = 1; worker < threads; ++worker) {
    threads_.emplace_back([this, worker] { work(worker); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::work(int worker) {
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || (loop_ != nullptr && generation_ != seen); });
    if (stop_) return;
    seen = generation_;
    Loop* loop = loop_;
    ++loop->working;
    lock.unlock();
    loop->run(*this, worker, mutex_);
    lock.lock();
    if (--loop->working == 0) done_.notify_all();
  }
}

void ThreadPool::parallel_for(std::size_t count, std::size_t grain, const Body& body) {
  assert(grain > 0);
  if (count == 0) return;
  if (current_pool != nullptr || threads_.empty() || count <= grain) {
    const int worker = current_pool == this ? current_worker : 0;
    for (std::size_t begin = 0; begin < count; begin += grain) body(begin, std::min(begin + grain, count), worker);
    return;
  }
  const std::lock_guard run_lock(run_mutex_);
  Loop loop{count, grain, body, {}, {}, {}, 0};
  {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    ++generation_;
  }
  wake_.notify_all();
  loop.run(*this, 0, mutex_);
  std::unique_lock lock(mutex_);
  loop_ = nullptr;  // late wakers must not touch the loop any more
  done_.wait(lock, [&] { return loop.working == 0; });
  if (loop.exception) std::rethrow_exception(loop.exception);
}

}  // namespace mla::base
