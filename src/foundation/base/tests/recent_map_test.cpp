#include "foundation/base/recent_map.h"

#include <gtest/gtest.h>

namespace mla::base {
namespace {

TEST(RecentMap, WhatIsUsedStaysAndTheRestGoes) {
  RecentMap<int, int> map(8);
  EXPECT_EQ(map.find(1), nullptr);
  map.put(0, 7);
  for (int n = 1; n < 100; ++n) {
    map.put(n, 1);
    ASSERT_NE(map.find(0), nullptr) << n;
    EXPECT_LE(map.size(), 8U);
  }
  EXPECT_EQ(*map.find(0), 7);
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_NE(map.find(99), nullptr);
}

TEST(RecentMap, KeepsAtLeastHalfAndNeverMoreThanItsCapacity) {
  RecentMap<int, int> map(8);
  for (int round = 0; round < 20; ++round) {
    for (int n = 0; n < 8; ++n) {  // all are asked for again and again: none may stay beyond the capacity
      if (map.find(n) == nullptr) map.put(n, n);
      EXPECT_LE(map.size(), 8U);
    }
    map.put(100 + round, 0);
    EXPECT_LE(map.size(), 8U);
    EXPECT_NE(map.find(7), nullptr);
    EXPECT_NE(map.find(6), nullptr);
    EXPECT_NE(map.find(5), nullptr);
  }
}

TEST(RecentMap, PutsOverAndErasesInBothGenerations) {
  RecentMap<int, int> map(4);
  map.put(1, 1);
  map.put(2, 2);
  map.put(3, 3);  // 1 and 2 are old
  map.put(1, 10);
  map.put(3, 30);
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(*map.find(1), 10);
  EXPECT_EQ(*map.find(3), 30);
  map.erase(1);
  map.erase(2);
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(map.find(2), nullptr);
  EXPECT_EQ(map.size(), 1U);
  for (int n = 4; n < 8; ++n) map.put(n, n);
  map.clear();
  EXPECT_EQ(map.size(), 0U);
  EXPECT_EQ(map.find(7), nullptr);
}

TEST(RecentMap, OfNoCapacityKeepsTwo) {
  RecentMap<int, int> map(0);
  for (int n = 0; n < 10; ++n) map.put(n, n);
  EXPECT_EQ(map.size(), 2U);
}

}  // namespace
}  // namespace mla::base
