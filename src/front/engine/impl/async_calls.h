#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/base/worker_queue.h"
#include "front/engine/engine.h"

namespace mla::engine {

// Calls that somebody waits for elsewhere: done on threads of their own, which start with the first call. At the end
// what runs is cancelled and what waits is answered with an error, so that no future is left without an answer.
// Thread-safe.
class AsyncCalls {
 public:
  // threads <= 0: one for each core. `capacity` calls may wait; `watch` is told how many do.
  AsyncCalls(int threads, std::size_t capacity, base::WorkerQueue::Watch watch)
      : threads_(threads), capacity_(capacity), watch_(std::move(watch)) {}
  ~AsyncCalls() { close(); }
  AsyncCalls(const AsyncCalls&) = delete;
  AsyncCalls& operator=(const AsyncCalls&) = delete;

  // Has `work` done with the flag of `cancel` (its own if that is null). The answer is kBusy at once if too many wait,
  // kCancelled if the flag is up before the work begins, kInternal if it throws.
  template <class Value>
  std::future<base::Result<Value>> start(CancelHandle cancel,
                                         std::function<base::Result<Value>(const base::CancelFlag&)> work) {
    if (cancel == nullptr) cancel = std::make_shared<base::CancelFlag>();
    const auto promise = std::make_shared<std::promise<base::Result<Value>>>();
    auto future = promise->get_future();
    const auto refused = push(cancel, [this, promise, cancel, work = std::move(work)] {
      const auto stopped = why_not(*cancel);
      promise->set_value(stopped ? base::Result<Value>(*stopped) : guarded(*cancel, work));
    });
    if (refused) promise->set_value(base::Result<Value>(*refused));
    return future;
  }

  // Raises all flags and waits for what runs; further calls are refused.
  void close();

 private:
  template <class Value>
  static base::Result<Value> guarded(const base::CancelFlag& cancel,
                                     const std::function<base::Result<Value>(const base::CancelFlag&)>& work) {
    try {
      return work(cancel);
    } catch (const base::Failure& failure) {
      return failure.error();
    } catch (const std::exception& error) {
      return base::Error{base::ErrorCode::kInternal, std::string("unexpected: ") + error.what()};
    }
  }
  // The error of a call that could not be queued.
  std::optional<base::Error> push(const CancelHandle& cancel, std::function<void()> job);
  std::optional<base::Error> why_not(const base::CancelFlag& cancel) const;

  const int threads_;
  const std::size_t capacity_;
  const base::WorkerQueue::Watch watch_;
  mutable std::mutex mutex_;
  bool closed_ = false;                       // guarded by mutex_
  std::multiset<CancelHandle> flags_;         // guarded by mutex_: of calls that wait or run
  std::unique_ptr<base::WorkerQueue> queue_;  // guarded by mutex_, until it is closed
};

}  // namespace mla::engine
