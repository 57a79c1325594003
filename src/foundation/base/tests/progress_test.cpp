#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "foundation/base/work.h"

namespace mla::base {
namespace {

using testing::HasSubstr;

TEST(CancelFlag, StaysUpAndIsSeenByWork) {
  ThreadPool pool(1);
  SilentProgress progress;
  CancelFlag cancel;
  const Work work{pool, progress, cancel};
  EXPECT_TRUE(work.check().ok());
  cancel.cancel();
  cancel.cancel();
  EXPECT_TRUE(cancel.cancelled());
  EXPECT_EQ(work.check().error().code, ErrorCode::kCancelled);
}

TEST(CancelFlag, StopsALoopFromAnotherThread) {
  ThreadPool pool(2);
  SilentProgress progress;
  CancelFlag cancel;
  const Work work{pool, progress, cancel};
  const std::jthread stopper([&] { cancel.cancel(); });
  EXPECT_THROW(
      {
        for (;;) {
          pool.parallel_for(64, 1, [&](std::size_t, std::size_t, int) { work.check().value(); });
        }
      },
      Failure);
}

TEST(Progress, SaysNothingInAPipe) {
  testing::internal::CaptureStderr();
  const std::unique_ptr<Progress> progress = make_terminal_progress();
  progress->begin("import", 10);
  progress->advance(10);
  progress->note("a note");
  progress->end();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// Puts a pseudo-terminal in the place of stderr and returns what was written there.
template <class Body>
std::string on_a_terminal(Body body) {
  int controller = -1, terminal = -1;
  if (::openpty(&controller, &terminal, nullptr, nullptr, nullptr) != 0) return "no pty";
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(terminal, STDERR_FILENO);
  ::close(terminal);
  body();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(controller, buffer.data(), buffer.size());
    if (got <= 0) break;  // EIO once the terminal side is closed and empty
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(controller);
  return text;
}

TEST(Progress, DrawsABarOnATerminal) {
  const std::string text = on_a_terminal([] {
    const auto progress = make_terminal_progress();
    progress->begin("reading events.csv", 200);
    progress->advance(50);
    progress->note("3 rows rejected");
    progress->advance(150);
    progress->begin("training", 0);
    progress->advance(7);
  });
  if (text == "no pty") GTEST_SKIP() << "skipped: this machine has no pseudo-terminals";
  EXPECT_THAT(text, HasSubstr("reading events.csv"));
  EXPECT_THAT(text, HasSubstr("  0%"));
  EXPECT_THAT(text, HasSubstr("3 rows rejected"));
  EXPECT_THAT(text, HasSubstr("[####################] 100%"));
  EXPECT_THAT(text, HasSubstr("training"));
  EXPECT_THAT(text, HasSubstr(" 7"));
  EXPECT_EQ(text.back(), '\n') << "the cursor is left inside the bar";
}

TEST(Progress, DrawsAtMostTenTimesASecond) {
  const std::string text = on_a_terminal([] {
    const auto progress = make_terminal_progress();
    progress->begin("busy", 1'000'000);
    for (int i = 0; i < 20'000; ++i) progress->advance(1);
    progress->end();
  });
  if (text == "no pty") GTEST_SKIP() << "skipped: this machine has no pseudo-terminals";
  const auto draws = std::count(text.begin(), text.end(), '\r');
  EXPECT_LT(draws, 200) << "20,000 updates were drawn " << draws << " times";
}

TEST(Progress, MoreThanTheTotalStaysAtOneHundredPercent) {
  const std::string text = on_a_terminal([] {
    const auto progress = make_terminal_progress();
    progress->begin("more", 2);
    progress->advance(5);
    progress->end();
  });
  if (text == "no pty") GTEST_SKIP() << "skipped: this machine has no pseudo-terminals";
  EXPECT_THAT(text, HasSubstr("100%"));
  EXPECT_THAT(text, testing::Not(HasSubstr("250%")));
}

TEST(Progress, TakesUpdatesFromManyThreads) {
  const std::string text = on_a_terminal([] {
    const auto progress = make_terminal_progress();
    progress->begin("threads", 4000);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) progress->advance(1);
      });
    }
    threads.clear();
    progress->end();
  });
  if (text == "no pty") GTEST_SKIP() << "skipped: this machine has no pseudo-terminals";
  EXPECT_THAT(text, HasSubstr("100%"));
}

}  // namespace
}  // namespace mla::base
