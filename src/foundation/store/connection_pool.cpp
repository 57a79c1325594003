#include "foundation/store/connection_pool.h"

#include <utility>

#include <fmt/format.h>

namespace mla::store {

ConnectionPool::ConnectionPool(std::string name, const PoolOptions& options, Open open)
    : name_(std::move(name)), options_(options), open_(std::move(open)) {}

std::unique_ptr<PooledConnection> ConnectionPool::take_idle(Use use) {
  const auto take_writer = [&] {
    std::unique_ptr<PooledConnection> writer = std::move(idle_writer_);
    return writer != nullptr && writer->alive() ? std::move(writer) : nullptr;
  };
  std::unique_ptr<PooledConnection> connection;
  if (use == Use::kMuchWriting) connection = take_writer();
  while (connection == nullptr && !idle_.empty()) {
    if (idle_.back()->alive()) connection = std::move(idle_.back());
    idle_.pop_back();
  }
  if (connection == nullptr && lent_ + 1 >= options_.max_connections) connection = take_writer();
  return connection;
}

base::Result<Lease> ConnectionPool::acquire(Use use) {
  std::unique_ptr<PooledConnection> connection;
  {
    std::unique_lock lock(mutex_);
    const bool free = returned_.wait_for(lock, options_.patience, [&] { return lent_ < options_.max_connections; });
    if (!free) {
      return base::Error{
          base::ErrorCode::kBusy,
          fmt::format("all {} connections to database '{}' are in use: try again", options_.max_connections, name_)};
    }
    connection = take_idle(use);
    ++lent_;
  }
  if (connection == nullptr) {
    auto made = make();
    if (!made.ok()) {
      give_back(nullptr, use);
      return std::move(made).error();
    }
    connection = std::move(made).value();
  }
  return Lease(connection.release(), [pool = shared_from_this(), use](Connection* lent) {
    std::unique_ptr<PooledConnection> returned(static_cast<PooledConnection*>(lent));
    const PooledConnection::Condition condition = returned->clean();
    if (condition != PooledConnection::Condition::kGood) returned.reset();
    if (condition == PooledConnection::Condition::kBroken) {
      pool->note_failure({base::ErrorCode::kBusy,
                          fmt::format("the connection to database '{}' broke; try again in a moment", pool->name_)},
                         Clock::now());
    }
    pool->give_back(std::move(returned), use);
  });
}

base::Result<std::unique_ptr<PooledConnection>> ConnectionPool::make() {
  if (options_.pause.count() > 0) {
    const std::lock_guard lock(mutex_);
    if (failure_) {
      if (trying_ || Clock::now() < next_try_) return *failure_;
      trying_ = true;  // this caller tries, the others do not wait for it
    }
  }
  auto opened = open_();
  if (!opened.ok()) {
    note_failure(opened.error(), Clock::now() + options_.pause);
  } else {
    const std::lock_guard lock(mutex_);
    failure_.reset();
    trying_ = false;
  }
  return opened;
}

void ConnectionPool::note_failure(base::Error error, Clock::time_point next_try) {
  if (options_.pause.count() == 0) return;
  std::vector<std::unique_ptr<PooledConnection>> gone;  // closed without the lock: what broke one has broken the others
  const std::lock_guard lock(mutex_);
  gone.swap(idle_);
  gone.push_back(std::move(idle_writer_));
  failure_ = std::move(error);
  next_try_ = next_try;
  trying_ = false;
}

void ConnectionPool::give_back(std::unique_ptr<PooledConnection> connection, Use use) {
  {
    const std::scoped_lock lock(mutex_);
    --lent_;
    if (connection != nullptr) {
      if (use == Use::kMuchWriting && idle_writer_ == nullptr) {
        idle_writer_ = std::move(connection);
      } else {
        idle_.push_back(std::move(connection));
      }
    }
  }
  returned_.notify_one();
}

}  // namespace mla::store
