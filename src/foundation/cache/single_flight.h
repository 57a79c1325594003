#pragma once

#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mla::cache {

// Of callers that want the same thing at the same time one makes it, and all get it. `Made` is copyable. Thread-safe.
template <class Made>
class SingleFlight {
 public:
  // Calls `make()` unless somebody is at it: then waits for that one, and gets what it made or what it threw.
  // REQUIRES: `make` does not ask for the same key.
  template <class Make>
  Made run(std::string_view key, Make&& make) {
    std::promise<Made> mine;
    {
      std::unique_lock lock(mutex_);
      if (const auto flying = flights_.find(std::string(key)); flying != flights_.end()) {
        const std::shared_future<Made> theirs = flying->second;
        lock.unlock();
        return theirs.get();
      }
      flights_.emplace(key, mine.get_future().share());
    }
    return land(key, std::move(mine), make);
  }

  // The same, but gives nothing instead of waiting.
  template <class Make>
  std::optional<Made> try_run(std::string_view key, Make&& make) {
    std::promise<Made> mine;
    {
      const std::lock_guard lock(mutex_);
      if (!flights_.emplace(key, mine.get_future().share()).second) return std::nullopt;
    }
    return land(key, std::move(mine), make);
  }

 private:
  template <class Make>
  Made land(std::string_view key, std::promise<Made> mine, Make& make) {
    try {
      Made made = make();
      mine.set_value(made);
      end(key);
      return made;
    } catch (...) {
      mine.set_exception(std::current_exception());
      end(key);
      throw;
    }
  }

  void end(std::string_view key) {
    const std::lock_guard lock(mutex_);
    flights_.erase(std::string(key));
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_future<Made>> flights_;
};

}  // namespace mla::cache
