#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/work.h"

namespace mla::bench {

// Notes when each epoch ends: an epoch of iALS advances by one unit a user and an item. Exact for a multiple of the
// units alone: epochs follow each other, so the chunk that fills one is its last.
class EpochTimes final : public base::Progress {
 public:
  explicit EpochTimes(std::uint64_t units) : units_(units) {}
  void begin(std::string_view, std::uint64_t) override { last_ = base::monotonic_seconds(); }
  void advance(std::uint64_t units) override {
    const std::uint64_t before = done_.fetch_add(units);
    if (before / units_ == (before + units) / units_) return;
    const double now = base::monotonic_seconds();
    seconds_.push_back(now - last_);
    last_ = now;
  }
  void note(std::string_view) override {}
  void end() override {}
  const std::vector<double>& seconds() const { return seconds_; }

 private:
  std::uint64_t units_;
  std::atomic<std::uint64_t> done_{0};
  double last_ = 0;
  std::vector<double> seconds_;
};

}  // namespace mla::bench
