#include "adapters/redis/impl/link.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/log.h"

namespace mla::redis {
namespace {

constexpr std::chrono::milliseconds kConnectPatience{500};
constexpr std::chrono::milliseconds kFirstPatience{250};
constexpr std::size_t kMostWaiting = std::size_t{16} << 20;  // bytes

std::size_t size_of(const std::vector<std::string>& words) {
  std::size_t bytes = 0;
  for (const std::string& word : words) bytes += sizeof(std::string) + word.size();
  return bytes;
}

}  // namespace

Link::Link(Location location, Options options)
    : location_(std::move(location)), options_(std::move(options)), thread_([this] { run(); }) {}

Link::~Link() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Link::wait_for_first_attempt() const {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kFirstPatience, [this] { return tried_; });
}

std::optional<Reply> Link::ask(std::initializer_list<std::string_view> words) {
  if (open_.load(std::memory_order_relaxed)) return std::nullopt;
  Lease connection;
  {
    const std::lock_guard lock(mutex_);
    connection = take();
    if (!connection && connections_ == wanted_ && wanted_ < kMostConnections) ++wanted_;
  }
  if (!connection) {
    wake_.notify_all();
    return std::nullopt;
  }
  return ask_on(std::move(connection), {words.begin(), words.size()});
}

void Link::tell(std::vector<std::string> words) {
  if (open_.load(std::memory_order_relaxed)) return;
  const std::size_t bytes = size_of(words);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_bytes_ + bytes > kMostWaiting) return;
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(words));
  }
  wake_.notify_all();
}

std::string Link::problem() const {
  const std::lock_guard lock(mutex_);
  if (!open_) return {};
  return fmt::format(
      "redis {}: {}; meanwhile this server keeps answers in its memory alone, and counts its own requests",
      location_.text(), reason_);
}

// One that the server has closed meanwhile, as after a restart, is no failure of the question that would have found it.
// REQUIRES: the lock.
Link::Lease Link::take() {
  while (!idle_.empty()) {
    Lease connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->is_quiet()) return connection;
    --connections_;
    wake_.notify_all();
  }
  return nullptr;
}

std::optional<Reply> Link::ask_on(Lease connection, std::span<const std::string_view> words) {
  const auto timeout = std::chrono::duration_cast<Clock::duration>(options_.timeout);
  auto answer = connection->ask(words, Clock::now() + timeout);
  const std::lock_guard lock(mutex_);
  if (answer.ok() && !open_) {
    failures_ = 0;
    idle_.push_back(std::move(connection));
    if (!waiting_.empty()) wake_.notify_all();
    return *std::move(answer);
  }
  --connections_;
  wake_.notify_all();
  if (answer.ok()) return *std::move(answer);
  count_failure(answer.error().message);
  return std::nullopt;
}

// REQUIRES: the lock.
void Link::count_failure(const std::string& reason) {
  if (++failures_ >= kFailures && !open_) open_breaker(reason);
}

// REQUIRES: the lock.
void Link::open_breaker(const std::string& reason) {
  if (!open_ || !tried_) {
    base::log::warning("redis", "out of reach: this server goes on alone",
                       {{"server", location_.text()}, {"reason", reason}});
  }
  open_ = true;
  reason_ = reason;
  next_attempt_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(options_.retry);
  connections_ -= idle_.size();
  idle_.clear();
  waiting_.clear();
  waiting_bytes_ = 0;
}

void Link::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const bool wanted = connections_ < wanted_;
    if (wanted && Clock::now() >= next_attempt_) {
      connect(lock);
    } else if (!waiting_.empty() && !idle_.empty()) {
      send_next(lock);
    } else if (wanted) {
      wake_.wait_until(lock, next_attempt_);
    } else {
      wake_.wait(lock);
    }
  }
}

void Link::connect(std::unique_lock<std::mutex>& lock) {
  const bool was_open = open_;
  lock.unlock();
  auto opened = open_and_probe();
  lock.lock();
  if (open_ && !was_open) return;  // it opened meanwhile, and rests
  if (opened.ok()) {
    if (open_) {
      base::log::info("redis", "connected", {{"server", location_.text()}});
      open_ = false;
      failures_ = 0;
    }
    idle_.push_back(*std::move(opened));
    ++connections_;
  } else {
    open_breaker(opened.error().message);
  }
  tried_ = true;
  wake_.notify_all();
}

// A write, since a server that is full, or a copy of another one, still answers what only reads.
base::Result<Link::Lease> Link::open_and_probe() const {
  MLA_ASSIGN(Lease connection, Connection::open(location_, kConnectPatience));
  const auto timeout = std::chrono::duration_cast<Clock::duration>(options_.timeout);
  MLA_CHECK(connection->ask({"SET", options_.probe_key, "1", "PX", "1000"}, Clock::now() + timeout));
  return connection;
}

void Link::send_next(std::unique_lock<std::mutex>& lock) {
  Lease connection = take();
  if (!connection) return;
  const std::vector<std::string> words = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= size_of(words);
  lock.unlock();
  const std::vector<std::string_view> views(words.begin(), words.end());
  ask_on(std::move(connection), views);
  lock.lock();
}

}  // namespace mla::redis
