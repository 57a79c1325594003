#include "front/engine/impl/async_calls.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace mla::engine {
namespace {

using base::Error;
using base::ErrorCode;

Error ended() { return {ErrorCode::kCancelled, "cancelled: the engine has ended"}; }

}  // namespace

std::optional<Error> AsyncCalls::push(const CancelHandle& cancel, std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (closed_) return ended();
  if (queue_ == nullptr) {
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    queue_ = std::make_unique<base::WorkerQueue>(threads_ > 0 ? threads_ : cores, capacity_, watch_);
  }
  const bool queued = queue_->push([this, cancel, job = std::move(job)] {
    job();
    const std::lock_guard forget(mutex_);
    flags_.erase(flags_.find(cancel));
  });
  if (!queued) {
    return Error{
        ErrorCode::kBusy,
        fmt::format("{} calls wait already, the most that performance.queue_size allows: ask again later", capacity_)};
  }
  flags_.insert(cancel);
  return std::nullopt;
}

std::optional<Error> AsyncCalls::why_not(const base::CancelFlag& cancel) const {
  const std::lock_guard lock(mutex_);
  if (closed_) return ended();
  if (cancel.cancelled()) return Error{ErrorCode::kCancelled, "cancelled"};
  return std::nullopt;
}

void AsyncCalls::close() {
  std::unique_ptr<base::WorkerQueue> queue;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const CancelHandle& flag : flags_) flag->cancel();
    queue = std::move(queue_);
  }
  if (queue != nullptr) queue->stop();
}

}  // namespace mla::engine
