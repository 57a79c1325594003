#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "front/http/impl/listener.h"
#include "front/http/tests/raw_client.h"

namespace mla::http {

using namespace std::chrono_literals;

// Echoes the body; refusals become their status; "/wait" waits until `release`.
class Echo final : public Handler {
 public:
  Response handle(const Request& request) override {
    Response response;
    if (request.refusal) {
      response.status = request.refusal->status;
      response.body = request.refusal->detail;
      return response;
    }
    if (request.target == "/wait") {
      std::unique_lock lock(mutex_);
      verdict_ = request.verdict;
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return released_; });
    }
    if (request.target == "/pieces") {
      response.content_type = "text/event-stream";
      response.more = [this, sent = std::make_shared<int>(0)] {
        if (++*sent == 2) return Piece{};  // nothing new
        ++pieces;
        return Piece{fmt::format("piece {};", *sent), *sent == 4};
      };
      return response;
    }
    if (request.target == "/endless") {
      response.more = [this] {
        ++pieces;
        return Piece{"more;", false};
      };
      return response;
    }
    ++handled;
    {
      const std::lock_guard lock(mutex_);
      targets_.insert(request.target);
    }
    response.content_type = "text/plain";
    response.body = fmt::format("{} {} {}", request.method, request.target, request.body);
    if (request.target == "/size") response.body = std::to_string(request.body.size());
    return response;
  }
  bool is_light(const Request& request) const override { return request.target == "/light"; }

  void wait_for_waiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 10s, [&] { return waiting_ >= count; });
  }
  // Whether nobody waits for the answer any more to whom "/wait" came last.
  bool given_up() {
    const std::lock_guard lock(mutex_);
    return verdict_ && verdict_->given_up().cancelled();
  }
  bool has_handled(const std::string& target) {
    const std::lock_guard lock(mutex_);
    return targets_.contains(target);
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

  std::atomic<int> handled{0};
  std::atomic<int> pieces{0};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Verdict> verdict_;
  std::set<std::string> targets_;
  int waiting_ = 0;
  bool released_ = false;
};

class ListenerTest : public testing::Test {
 protected:
  ~ListenerTest() override { echo.release(); }

  void start(ListenerOptions options = {}) {
    listener.emplace(options, echo, metrics);
    const auto status = listener->start();
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  int port() const { return listener->port(); }

  telemetry::Metrics metrics;
  Echo echo;
  std::optional<Listener> listener;
};

}  // namespace mla::http
