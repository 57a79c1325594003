#include "foundation/cache/memory_tier.h"

#include <cmath>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mla::cache {
namespace {

constexpr std::size_t kPlenty = std::size_t{1} << 30;

MemoryTier::Value value_of(int number) { return std::make_shared<const int>(number); }

// -1: not there.
int look(MemoryTier& tier, const std::string& key) {
  const MemoryTier::Found found = tier.find(key);
  return found.value ? *static_cast<const int*>(found.value.get()) : -1;
}

TEST(MemoryTier, KeepsAndReplaces) {
  MemoryTier tier({.entries = 10, .bytes = kPlenty});
  EXPECT_EQ(look(tier, "a"), -1);
  tier.put("a", value_of(1), 100, 7.5);
  EXPECT_EQ(look(tier, "a"), 1);
  EXPECT_EQ(tier.find("a").expires, 7.5);
  const std::size_t before = tier.size().bytes;
  tier.put("a", value_of(2), 150, 8);
  EXPECT_EQ(look(tier, "a"), 2);
  EXPECT_EQ(tier.find("a").expires, 8);
  EXPECT_EQ(tier.size().entries, 1u);
  EXPECT_EQ(tier.size().bytes, before + 50);
  tier.clear();
  EXPECT_EQ(look(tier, "a"), -1);
  EXPECT_EQ(tier.size().entries, 0u);
  EXPECT_EQ(tier.size().bytes, 0u);
}

TEST(MemoryTier, AValueLivesAsLongAsItIsHeld) {
  MemoryTier tier({.entries = 1, .bytes = kPlenty});
  tier.put("a", value_of(1), 4, 1);
  const MemoryTier::Value held = tier.find("a").value;
  tier.put("b", value_of(2), 4, 1);
  EXPECT_EQ(look(tier, "a"), -1);
  EXPECT_EQ(*static_cast<const int*>(held.get()), 1);
}

TEST(MemoryTier, IsBoundedByEntries) {
  for (const std::size_t most : {0, 1, 2, 9, 100, 1000, 5000}) {
    MemoryTier tier({.entries = most, .bytes = kPlenty});
    for (int i = 0; i < 12'000; ++i) {
      tier.put(fmt::format("key {}", i), value_of(i), 4, 1);
      if (i % 3 == 0) look(tier, fmt::format("key {}", i / 2));
      ASSERT_LE(tier.size().entries, most);
    }
    EXPECT_GE(tier.size().entries, most * 95 / 100) << "the room there is, is used";
  }
}

TEST(MemoryTier, IsBoundedByBytes) {
  constexpr std::size_t kMost = 100'000;
  MemoryTier tier({.entries = 100, .bytes = kMost});
  for (int i = 0; i < 1000; ++i) {
    tier.put(fmt::format("key {}", i), value_of(i), static_cast<std::size_t>(i) * 10 % 9000, 1);
    ASSERT_LE(tier.size().bytes, kMost);
  }
  EXPECT_GT(tier.size().bytes, kMost / 2);
  tier.put("key 999", value_of(1), kMost, 1);
  EXPECT_EQ(look(tier, "key 999"), -1) << "what grew too large leaves";
  tier.put("large", value_of(1), kMost, 1);
  EXPECT_EQ(look(tier, "large"), -1) << "what is too large is not kept";
  EXPECT_GT(tier.size().entries, 5u) << "and pushes nothing out";
}

TEST(MemoryTier, AScanPushesNothingOutThatIsInUse) {
  MemoryTier tier({.entries = 100, .bytes = kPlenty});
  for (int i = 0; i < 50; ++i) tier.put(fmt::format("used {}", i), value_of(i), 4, 1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) ASSERT_EQ(look(tier, fmt::format("used {}", i)), i);
  }
  for (int i = 0; i < 1000; ++i) tier.put(fmt::format("once {}", i), value_of(i), 4, 1);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(look(tier, fmt::format("used {}", i)), i);
}

TEST(MemoryTier, WhatComesBackSoonIsWanted) {
  MemoryTier tier({.entries = 20, .bytes = kPlenty});
  for (int i = 0; i < 20; ++i) tier.put(fmt::format("first {}", i), value_of(i), 4, 1);
  tier.put("more", value_of(0), 4, 1);
  ASSERT_EQ(look(tier, "first 0"), -1) << "the oldest one left, never asked for";
  tier.put("first 0", value_of(0), 4, 1);
  for (int i = 0; i < 100; ++i) tier.put(fmt::format("once {}", i), value_of(i), 4, 1);
  EXPECT_EQ(look(tier, "first 0"), 0) << "its ghost gave it a place in the main queue";
}

TEST(MemoryTier, FindsMoreThanLeastRecentlyUsedWould) {
  // Zipf's law over 10,000 keys with a tenth of the room, and a scan now and then.
  constexpr int kKeys = 10'000;
  std::vector<double> weights;
  for (int i = 1; i <= kKeys; ++i) weights.push_back(1 / std::pow(i, 0.9));
  std::discrete_distribution<int> draw(weights.begin(), weights.end());
  std::mt19937 random(7);
  MemoryTier tier({.entries = 1000, .bytes = kPlenty});
  std::list<int> order;  // least recently used, the newest first
  std::unordered_map<int, std::list<int>::iterator> places;
  int found = 0;
  int found_lru = 0;
  int asked = 0;
  const auto ask = [&](int key, bool counts) {
    const std::string name = std::to_string(key);
    const bool hit = look(tier, name) >= 0;
    if (!hit) tier.put(name, value_of(key), 4, 1);
    const auto place = places.find(key);
    const bool hit_lru = place != places.end();
    if (hit_lru) {
      order.splice(order.begin(), order, place->second);
    } else {
      order.push_front(key);
      places[key] = order.begin();
      if (order.size() > 1000) {
        places.erase(order.back());
        order.pop_back();
      }
    }
    if (!counts) return;
    ++asked;
    found += hit ? 1 : 0;
    found_lru += hit_lru ? 1 : 0;
  };
  for (int i = 0; i < 200'000; ++i) {
    ask(draw(random), true);
    if (i % 20'000 == 0) {
      for (int scanned = 0; scanned < 2000; ++scanned) ask(kKeys + i + scanned, false);
    }
  }
  EXPECT_GT(found, found_lru) << asked;
  EXPECT_GT(found, asked / 2);
}

TEST(MemoryTier, ManyThreadsAtOnce) {
  MemoryTier tier({.entries = 300, .bytes = 200'000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&tier, t] {
      for (int i = 0; i < 5000; ++i) {
        const int number = (i * 7 + t) % 800;
        const std::string key = std::to_string(number);
        const int found = look(tier, key);
        if (found < 0) tier.put(key, value_of(number), 100, 1);
        if (found >= 0) {
          EXPECT_EQ(found, number);
        }
        if (i % 1000 == 999) tier.clear();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(tier.size().entries, 300u);
}

}  // namespace
}  // namespace mla::cache
