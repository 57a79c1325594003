#include "adapters/redis/impl/connection.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

namespace mla::redis {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMostBytes = std::size_t{8} << 20;  // of one answer

Error gone(std::string_view why) { return {ErrorCode::kBusy, std::string(why)}; }

timespec to_timespec(std::chrono::nanoseconds time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {static_cast<time_t>(time.count() / kSecond), static_cast<long>(time.count() % kSecond)};
}

std::string resp_of(std::span<const std::string_view> words) {
  std::string text = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) {
    text += fmt::format("${}\r\n", word.size());
    text += word;
    text += "\r\n";
  }
  return text;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const Location& location, Clock::duration patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
  const timeval limit{static_cast<time_t>(microseconds / 1'000'000),
                      static_cast<suseconds_t>(microseconds % 1'000'000)};
  redisContext* const context = location.socket.empty()
                                    ? redisConnectWithTimeout(location.host.c_str(), location.port, limit)
                                    : redisConnectUnixWithTimeout(location.socket.c_str(), limit);
  if (context == nullptr) return Error{ErrorCode::kInternal, "no memory for a connection"};
  std::unique_ptr<Connection> connection(new Connection(context));
  if (context->err != 0) return gone(context->errstr);
  ::fcntl(context->fd, F_SETFD, FD_CLOEXEC);  // it is nothing to the processes that this one starts
  MLA_CHECK(connection->log_in(location, deadline));
  return connection;
}

base::Status Connection::log_in(const Location& location, Clock::time_point deadline) {
  if (!location.password.empty()) {
    std::vector<std::string_view> words = {"AUTH"};
    if (!location.user.empty()) words.emplace_back(location.user);
    words.emplace_back(location.password);
    if (auto answer = ask(words, deadline); !answer.ok()) {
      if (answer.error().code == ErrorCode::kUnsupported) return Error{ErrorCode::kPermission, answer.error().message};
      return std::move(answer).error();
    }
  }
  if (location.database != 0) MLA_CHECK(ask({"SELECT", std::to_string(location.database)}, deadline));
  return {};
}

Result<Reply> Connection::ask(std::span<const std::string_view> words, Clock::time_point deadline) {
  MLA_CHECK(send(resp_of(words), deadline));
  MLA_ASSIGN(Reply reply, receive(deadline));
  if (reply->type == REDIS_REPLY_ERROR) return Error{ErrorCode::kUnsupported, std::string(reply->str, reply->len)};
  return reply;
}

bool Connection::is_quiet() const {
  pollfd watched{context_->fd, POLLIN | POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) == 0;
}

base::Status Connection::send(std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      MLA_CHECK(wait_for(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return gone(std::generic_category().message(errno));
    }
  }
  return {};
}

Result<Reply> Connection::receive(Clock::time_point deadline) {
  char buffer[16 << 10];
  std::size_t received = 0;
  while (true) {
    void* reply = nullptr;
    if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK) return gone(context_->reader->errstr);
    if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
    if (received > kMostBytes) return gone("an answer is longer than any that was asked for");
    MLA_CHECK(wait_for(POLLIN, deadline));
    const ssize_t read = ::recv(context_->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (read == 0) return gone("the server closed the connection");
    if (read < 0 && errno != EAGAIN && errno != EINTR) return gone(std::generic_category().message(errno));
    if (read <= 0) continue;
    received += static_cast<std::size_t>(read);
    if (redisReaderFeed(context_->reader, buffer, static_cast<std::size_t>(read)) != REDIS_OK)
      return gone(context_->reader->errstr);
  }
}

base::Status Connection::wait_for(short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::max(Clock::duration::zero(), deadline - Clock::now());
    const timespec limit = to_timespec(left);
    pollfd watched{context_->fd, events, 0};
    const int ready = ::ppoll(&watched, 1, &limit, nullptr);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return gone(std::generic_category().message(errno));
    if (ready == 0) return gone("no answer in time");
  }
}

}  // namespace mla::redis
