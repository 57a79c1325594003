#pragma once

#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mla::redis {

// What a server of Redis's protocol says, as a test writes it: on a Unix socket, a connection at a time a thread.
class ScriptedServer {
 public:
  using Words = std::vector<std::string>;
  // The bytes of the answer to a command; nothing: it stays silent; "": it closes the connection.
  using Script = std::function<std::optional<std::string>(const Words&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    static std::atomic<int> counter{0};
    path_ = testing::TempDir() + "mla_redis_" + std::to_string(::getpid()) + "_" + std::to_string(++counter);
    start();
  }
  ~ScriptedServer() { stop(); }

  std::string url() const { return "redis+unix://" + path_; }
  void play(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  // All commands so far.
  std::vector<Words> heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  // How many commands begin with that word.
  int count(const std::string& word) const {
    int times = 0;
    for (const Words& words : heard()) times += words.at(0) == word ? 1 : 0;
    return times;
  }

  void start() {
    std::filesystem::remove(path_);
    stop_ = false;
    listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path_.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    ASSERT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listening_, 64), 0);
    accepting_ = std::thread([this] { accept_all(); });
  }
  // Closes the socket and all connections, as a server that is killed.
  void stop() {
    if (!accepting_.joinable()) return;
    stop_ = true;
    accepting_.join();
    for (std::thread& connection : connections_) connection.join();
    connections_.clear();
    ::close(listening_);
    std::filesystem::remove(path_);
  }

 private:
  // True if there is something to read; false at the end.
  bool wait_for(int descriptor) const {
    while (!stop_) {
      pollfd watched{descriptor, POLLIN, 0};
      if (::poll(&watched, 1, 5) > 0) return true;
    }
    return false;
  }
  void accept_all() {
    while (wait_for(listening_)) {
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) connections_.emplace_back([this, client] { serve(client); });
    }
  }
  void serve(int client) {
    redisReader* const reader = redisReaderCreate();
    char buffer[4096];
    bool open = true;
    while (open && wait_for(client)) {
      const ssize_t bytes = ::recv(client, buffer, sizeof buffer, 0);
      if (bytes <= 0) break;
      redisReaderFeed(reader, buffer, static_cast<std::size_t>(bytes));
      void* command = nullptr;
      while (open && redisReaderGetReply(reader, &command) == REDIS_OK && command != nullptr) {
        open = answer(client, *static_cast<redisReply*>(command));
        freeReplyObject(command);
        command = nullptr;
      }
    }
    redisReaderFree(reader);
    ::close(client);
  }
  bool answer(int client, const redisReply& command) {
    Words words;
    for (std::size_t i = 0; i < command.elements; ++i)
      words.emplace_back(command.element[i]->str, command.element[i]->len);
    Script script;
    {
      const std::lock_guard lock(mutex_);
      heard_.push_back(words);
      script = script_;
    }
    const std::optional<std::string> said = script(words);
    if (!said) return true;
    if (said->empty()) return false;
    return ::send(client, said->data(), said->size(), MSG_NOSIGNAL) == static_cast<ssize_t>(said->size());
  }

  mutable std::mutex mutex_;
  Script script_;             // guarded by mutex_
  std::vector<Words> heard_;  // guarded by mutex_
  std::string path_;
  std::atomic<bool> stop_{false};
  int listening_ = -1;
  std::thread accepting_;
  std::vector<std::thread> connections_;
};

}  // namespace mla::redis
