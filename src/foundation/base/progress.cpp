#include <algorithm>
#include <cstdio>
#include <mutex>
#include <string>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "foundation/base/clock.h"
#include "foundation/base/work.h"

namespace mla::base {
namespace {

class TerminalProgress final : public Progress {
 public:
  ~TerminalProgress() override { end(); }

  void begin(std::string_view step, std::uint64_t total) override {
    const std::lock_guard lock(mutex_);
    finish();
    step_ = step;
    total_ = total;
    done_ = 0;
    started_ = monotonic_seconds();
    last_draw_ = 0;
    draw(started_);
  }

  void advance(std::uint64_t units) override {
    const std::lock_guard lock(mutex_);
    done_ += units;
    const double now = monotonic_seconds();
    if (now - last_draw_ >= 0.1) draw(now);
  }

  void note(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    fmt::print(stderr, "\r\033[K{}\n", line);
    std::fflush(stderr);
  }

  void end() override {
    const std::lock_guard lock(mutex_);
    finish();
  }

 private:
  void finish() {
    if (step_.empty()) return;
    draw(monotonic_seconds());
    fmt::print(stderr, "\n");
    step_.clear();
  }

  void draw(double now) {
    if (step_.empty()) return;
    last_draw_ = now;
    const double elapsed = now - started_;
    const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
    std::string line = fmt::format("{:<28.28}", step_);
    if (total_ > 0) {
      const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
      const auto filled = static_cast<std::size_t>(share * 20);
      line += fmt::format(" [{}{}] {:3.0f}%", std::string(filled, '#'), std::string(20 - filled, ' '), share * 100);
      if (share < 1 && share > 0) line += fmt::format("  {:.0f} s left", elapsed * (1 - share) / share);
    } else {
      line += fmt::format(" {}", done_);
    }
    if (rate >= 10) {
      line += fmt::format("  {:.0f}/s", rate);
    } else if (rate > 0 && total_ > 0) {
      line += fmt::format("  {:.1f}/s", rate);  // files that are analysed, fits of a search
    }
    fmt::print(stderr, "\r\033[K{}  {:.1f} s", line, elapsed);
    std::fflush(stderr);
  }

  std::mutex mutex_;
  std::string step_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  double started_ = 0;
  double last_draw_ = 0;
};

}  // namespace

std::unique_ptr<Progress> make_terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return std::make_unique<SilentProgress>();
  return std::make_unique<TerminalProgress>();
}

}  // namespace mla::base
