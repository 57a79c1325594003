#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "foundation/cache/shared_tier.h"

namespace mla::cache {

// A shared tier in the memory of one test.
class FakeTier final : public SharedTier {
 public:
  std::optional<std::string> find(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    ++asked;
    const auto found = kept.find(std::string(key));
    return found == kept.end() || !problem_.empty() ? std::nullopt : std::optional(found->second);
  }
  void put(std::string_view key, std::string bytes, double seconds) override {
    const std::lock_guard lock(mutex_);
    if (!problem_.empty()) return;
    kept[std::string(key)] = std::move(bytes);
    last_seconds = seconds;
  }
  std::string problem() const override { return problem_; }
  // Out of reach from now on; empty: there again.
  void fail(std::string problem) { problem_ = std::move(problem); }

  std::map<std::string, std::string> kept;
  int asked = 0;
  double last_seconds = 0;

 private:
  std::mutex mutex_;
  std::string problem_;
};

}  // namespace mla::cache
