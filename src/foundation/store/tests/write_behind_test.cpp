#include "foundation/store/write_behind.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mla::store {
namespace {

using Rows = std::vector<int>;

void note(WriteBehind<Rows>& buffer, int value) {
  buffer.note([&](auto notes) {
    if (notes.is_new(static_cast<std::uint64_t>(value))) notes.rows().push_back(value);
  });
}

Rows seen(const WriteBehind<Rows>& buffer) {
  Rows all;
  buffer.see([&](const Rows& rows) { all.insert(all.end(), rows.begin(), rows.end()); });
  return all;
}

base::Status refuse(const Rows& /*rows*/) { return base::Error{base::ErrorCode::kBusy, "no disk"}; }

TEST(WriteBehind, WritesWhatWasNotedOnce) {
  WriteBehind<Rows> buffer;
  for (const int value : {1, 2, 1}) note(buffer, value);
  EXPECT_EQ(seen(buffer), (Rows{1, 2}));
  Rows written;
  const auto write = [&](const Rows& rows) -> base::Status {
    EXPECT_EQ(seen(buffer), (Rows{1, 2})) << "what is being written is seen";
    written.insert(written.end(), rows.begin(), rows.end());
    return {};
  };
  ASSERT_TRUE(buffer.flush(write).ok());
  EXPECT_EQ(written, (Rows{1, 2}));
  EXPECT_TRUE(seen(buffer).empty());
  note(buffer, 2);  // still known
  ASSERT_TRUE(buffer.flush(write).ok());
  EXPECT_EQ(written, (Rows{1, 2})) << "nothing new, nothing written";
}

TEST(WriteBehind, KeepsWhatCouldNotBeWritten) {
  WriteBehind<Rows> buffer;
  note(buffer, 1);
  EXPECT_FALSE(buffer.flush(refuse).ok());
  note(buffer, 2);
  EXPECT_EQ(seen(buffer), (Rows{2, 1})) << "both are seen while the disk is away";
  std::vector<Rows> written;
  const auto write = [&](const Rows& rows) -> base::Status {
    written.push_back(rows);
    return {};
  };
  ASSERT_TRUE(buffer.flush(write).ok());
  ASSERT_TRUE(buffer.flush(write).ok());
  EXPECT_EQ(written, (std::vector<Rows>{{1}, {2}}));
}

TEST(WriteBehind, IsBoundedUntilAFlushSucceeds) {
  constexpr int kMost = static_cast<int>(WriteBehind<Rows>::kMostNoted);
  WriteBehind<Rows> buffer;
  for (int value = 0; value < kMost + 10; ++value) note(buffer, value);
  EXPECT_EQ(seen(buffer).size(), WriteBehind<Rows>::kMostNoted);
  EXPECT_FALSE(buffer.flush(refuse).ok());
  note(buffer, -1);
  EXPECT_EQ(seen(buffer).size(), WriteBehind<Rows>::kMostNoted) << "a failed flush makes no room";
  ASSERT_TRUE(buffer.flush([](const Rows&) -> base::Status { return {}; }).ok());
  note(buffer, -1);
  EXPECT_EQ(seen(buffer), (Rows{-1}));
}

TEST(WriteBehind, LosesAndRepeatsNothingBetweenThreads) {
  constexpr int kEach = 2000;
  WriteBehind<Rows> buffer;
  Rows written;  // by one flush at a time
  const auto write = [&](const Rows& rows) -> base::Status {
    written.insert(written.end(), rows.begin(), rows.end());
    return {};
  };
  std::atomic<bool> done = false;
  std::thread writer([&] {
    while (!done) EXPECT_TRUE(buffer.flush(write).ok());
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&buffer, t] {
      for (int i = 0; i < kEach; ++i) note(buffer, t * kEach / 2 + i);  // halves overlap
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  writer.join();
  ASSERT_TRUE(buffer.flush(write).ok());
  std::sort(written.begin(), written.end());
  ASSERT_EQ(written.size(), std::size_t{2 * kEach});
  for (int i = 0; i < 2 * kEach; ++i) ASSERT_EQ(written[static_cast<std::size_t>(i)], i);
}

TEST(WriteBehind, WhatIsTakenBackIsNotWritten) {
  WriteBehind<Rows> buffer;
  for (const int row : {1, 2, 3}) note(buffer, row);
  ASSERT_FALSE(buffer.flush([](const Rows&) -> base::Status {
                       return base::Error{base::ErrorCode::kIo, "disk"};
                     })
                   .ok());
  note(buffer, 4);
  const int answer =
      buffer.take_back([](Rows& rows) { std::erase_if(rows, [](int row) { return row % 2 == 0; }); }, [] { return 7; });
  EXPECT_EQ(answer, 7);
  Rows written;
  const auto write = [&](const Rows& rows) -> base::Status {
    written.insert(written.end(), rows.begin(), rows.end());
    return {};
  };
  ASSERT_TRUE(buffer.flush(write).ok());
  ASSERT_TRUE(buffer.flush(write).ok());
  EXPECT_EQ(written, (Rows{1, 3}));
}

}  // namespace
}  // namespace mla::store
