#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace mla::base {

// A fixed set of threads for data-parallel loops. Chunks depend on `count` and `grain` alone, never on the thread
// count, so that a reduction which combines per-chunk results in chunk order gives the same bits at any size.
// Thread-safe: loops of several callers run one after the other; a loop inside a loop runs on its caller's
// thread, under its caller's worker number.
class ThreadPool {
 public:
  // threads <= 0 means one for each core. The caller's thread works too: `threads - 1` are started.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls body(begin, end, worker) for every chunk [begin, end) of at most `grain` indices of [0, count).
  // `worker` is in [0, size()) and no two chunks run at once with the same one: index scratch buffers with it.
  // The first exception of a body stops the loop and is thrown here. REQUIRES: grain > 0.
  using Body = std::function<void(std::size_t begin, std::size_t end, int worker)>;
  void parallel_for(std::size_t count, std::size_t grain, const Body& body);

  static std::size_t chunks(std::size_t count, std::size_t grain) { return (count + grain - 1) / grain; }

 private:
  struct Loop;
  void work(int worker);

  std::mutex run_mutex_;  // one loop at a time
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Loop* loop_ = nullptr;
  std::size_t generation_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mla::base
