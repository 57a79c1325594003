#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mla::catalog {

// A fixed number of buffers that go round between one thread that fills them and one that empties them.
template <class Buffer>
class Exchange {
 public:
  explicit Exchange(int buffers) {
    for (int i = 0; i < buffers; ++i) empty_.push_back(std::make_unique<Buffer>());
  }

  // For the filler. Waits; nothing (false) once the emptier has abandoned the exchange.
  std::unique_ptr<Buffer> take_empty() { return take(empty_, abandoned_); }
  bool hand_full(std::unique_ptr<Buffer> buffer) {
    put(full_, std::move(buffer));
    const std::scoped_lock lock(mutex_);
    return !abandoned_;
  }
  void close() { raise(closed_); }  // no more will come

  // For the emptier. Waits; nothing once the exchange is closed and all full buffers were taken.
  std::unique_ptr<Buffer> take_full() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !full_.empty() || closed_; });
    return pop(full_);
  }
  void give_empty(std::unique_ptr<Buffer> buffer) { put(empty_, std::move(buffer)); }
  // For the emptier: at the end of its scope the filler may stop.
  class Abandon {
   public:
    explicit Abandon(Exchange& exchange) : exchange_(exchange) {}
    ~Abandon() { exchange_.raise(exchange_.abandoned_); }
    Abandon(const Abandon&) = delete;
    Abandon& operator=(const Abandon&) = delete;

   private:
    Exchange& exchange_;
  };

 private:
  using Buffers = std::vector<std::unique_ptr<Buffer>>;

  std::unique_ptr<Buffer> take(Buffers& from, const bool& over) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !from.empty() || over; });
    return over ? nullptr : pop(from);
  }
  static std::unique_ptr<Buffer> pop(Buffers& from) {
    if (from.empty()) return nullptr;
    std::unique_ptr<Buffer> buffer = std::move(from.front());
    from.erase(from.begin());
    return buffer;
  }
  void put(Buffers& to, std::unique_ptr<Buffer> buffer) {
    const std::scoped_lock lock(mutex_);
    to.push_back(std::move(buffer));
    changed_.notify_all();
  }
  void raise(bool& flag) {
    const std::scoped_lock lock(mutex_);
    flag = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Buffers empty_;
  Buffers full_;
  bool closed_ = false;
  bool abandoned_ = false;
};

}  // namespace mla::catalog
