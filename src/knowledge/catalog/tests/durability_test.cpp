#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"
#include "foundation/base/random.h"
#include "foundation/store/tests/fresh_database.h"
#include "knowledge/catalog/catalog.h"

namespace mla::catalog {
namespace {

using base::UserId;

constexpr int kBatch = 7;

std::vector<Event> batch_of(int number) {
  std::vector<Event> events(kBatch);
  for (int i = 0; i < kBatch; ++i) {
    events[static_cast<std::size_t>(i)].user = UserId(fmt::format("u{}", i % 3));
    events[static_cast<std::size_t>(i)].item = base::ItemId(fmt::format("i{}", i));
    events[static_cast<std::size_t>(i)].time = number * 1000 + i;
  }
  return events;
}

// Adds batch after batch from `first` on and tells the pipe the number of each that was acknowledged. Never returns.
[[noreturn]] void write_until_killed(const store::DatabasePlace& place, int first, int pipe) {
  const auto database = place.open();
  if (!database.ok()) ::_exit(3);
  auto catalog = Catalog::open(**database);
  if (!catalog.ok()) ::_exit(4);
  for (int number = first;; ++number) {
    if (!catalog->add_events(batch_of(number), "child").ok()) ::_exit(5);
    if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(6);
  }
}

// The numbers that came through the pipe until its end.
std::vector<int> read_all(int pipe) {
  std::vector<int> numbers;
  int number;
  while (::read(pipe, &number, sizeof number) == sizeof number) numbers.push_back(number);
  return numbers;
}

TEST(Durability, KillNineLosesNothingThatWasAcknowledgedAndDoublesNothing) {
  const store::DatabasePlace place;
  base::Random random(static_cast<std::uint64_t>(::getpid()));
  int next = 0;
  std::size_t acknowledged = 0;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(place, next, ends[1]);
    }
    ::close(ends[1]);
    // The kill must come at any moment of a write; it waits for the child's first acknowledgement, then at random.
    int first = -1;
    ASSERT_EQ(::read(ends[0], &first, sizeof first), static_cast<ssize_t>(sizeof first)) << "the child failed";
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    std::vector<int> seen = read_all(ends[0]);
    seen.insert(seen.begin(), first);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto database = place.open().value();
    Catalog catalog = Catalog::open(*database).value();
    acknowledged += seen.size();
    const auto stored = static_cast<std::size_t>(catalog.counts().value().events);
    // Batches are whole, and at most one more than was acknowledged (killed between commit and message) in each round.
    EXPECT_EQ(stored % kBatch, 0U);
    EXPECT_GE(stored, acknowledged * kBatch);
    acknowledged = stored / kBatch;
    for (const int number : seen) {
      EXPECT_EQ(catalog.add_events(batch_of(number), "child").value(), (WriteCounts{.unchanged = kBatch})) << number;
    }
    std::int64_t counted = 0;
    ASSERT_TRUE(catalog
                    .for_each_event([&](const Event&) {
                      ++counted;
                      return base::Status();
                    })
                    .ok());
    EXPECT_EQ(counted, catalog.counts().value().events);
    next = seen.back() + 2;  // past a batch that may have been written unseen
  }
}

// A file that may not grow is what a full disk looks like to a program.
TEST(Durability, AFullDiskIsOneClearErrorAndLosesNothing) {
  const std::string file = fmt::format("{}/full-{}.db", testing::TempDir(), ::getpid());
  std::filesystem::remove(file);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{400'000, 400'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
    const auto database = sqlite::open(file);
    if (!database.ok()) ::_exit(3);
    auto catalog = Catalog::open(**database);
    if (!catalog.ok()) ::_exit(4);
    for (int number = 0; number < 100'000; ++number) {
      const auto counts = catalog->add_events(batch_of(number), "child");
      if (counts.ok()) continue;
      if (counts.error().code != base::ErrorCode::kDiskFull) {
        fmt::print(stderr, "not disk_full but {}: {}\n", base::to_string(counts.error().code), counts.error().message);
        ::_exit(5);
      }
      // Reading goes on, and nothing of the refused batch is there.
      const auto stored = catalog->counts();
      ::_exit(stored.ok() && stored->events == std::int64_t{number} * kBatch ? 0 : 6);
    }
    ::_exit(7);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  // Once there is room again, the same database goes on.
  const auto database = sqlite::open(file).value();
  Catalog catalog = Catalog::open(*database).value();
  EXPECT_EQ(catalog.add_events(batch_of(500'000), "child").value(), (WriteCounts{.added = kBatch}));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace mla::catalog
