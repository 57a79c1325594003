// A cache in front of a tier that other caches share.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "foundation/cache/cache.h"
#include "foundation/cache/tests/fake_tier.h"

namespace mla::cache {
namespace {

// What is asked of one process: numbers, which travel as "n=12".
class Process {
 public:
  explicit Process(SharedTier& tier, std::string scope = "", double seconds = 3600)
      : cache_({.limits = {.entries = 100}, .seconds = 100, .now = [this] { return now; }},
               {.tier = &tier,
                .scope = std::move(scope),
                .seconds = seconds,
                .encode = [](int value) { return "n=" + std::to_string(value); },
                .decode = [](std::string_view bytes) -> std::optional<int> {
                  if (!bytes.starts_with("n=")) return std::nullopt;
                  return std::stoi(std::string(bytes.substr(2)));
                },
                .observe = [this](bool found) { found_behind.push_back(found); }}) {}

  int get(const std::string& key, int made) {
    return **cache_.get(
        key, [&]() -> base::Result<int> { return made; },
        [](int value) { return value < 0 ? std::nullopt : std::optional<std::size_t>(sizeof value); });
  }
  bool fails(const std::string& key) {
    return !cache_
                .get(
                    key,
                    []() -> base::Result<int> {
                      return base::Error{base::ErrorCode::kBusy, "not now"};
                    },
                    [](int) { return sizeof(int); })
                .ok();
  }

  double now = 1000;
  std::vector<bool> found_behind;

 private:
  Cache<int> cache_;
};

TEST(Behind, WhatOneProcessMadeTheOtherFinds) {
  FakeTier tier;
  Process one(tier);
  Process other(tier);
  EXPECT_EQ(one.get("a", 1), 1);
  EXPECT_EQ(other.get("a", 2), 1);
  EXPECT_EQ(other.get("a", 3), 1);
  EXPECT_EQ(one.found_behind, std::vector<bool>{false});
  EXPECT_EQ(other.found_behind, std::vector<bool>{true}) << "the second time it was in memory";
  EXPECT_EQ(other.get("b", 4), 4) << "another key";
  EXPECT_EQ(tier.last_seconds, 3600);
}

TEST(Behind, AnotherScopeIsAnotherKey) {
  FakeTier tier;
  Process one(tier, "exclude 180 days\n");
  Process other(tier, "exclude 30 days\n");
  EXPECT_EQ(one.get("a", 1), 1);
  EXPECT_EQ(other.get("a", 2), 2);
  EXPECT_EQ(tier.kept.size(), 2u);
}

TEST(Behind, WhatMemoryForgotIsStillThere) {
  FakeTier tier;
  Process one(tier);
  EXPECT_EQ(one.get("a", 1), 1);
  one.now += 105;  // stale: it is made anew, which is found behind
  EXPECT_EQ(one.get("a", 2), 1);
  one.now += 1000;
  EXPECT_EQ(one.get("a", 3), 1);
  EXPECT_EQ(one.found_behind, (std::vector<bool>{false, true, true}));
}

TEST(Behind, WhatIsNoValueIsMadeAnew) {
  FakeTier tier;
  Process one(tier);
  tier.kept["a"] = "something else";
  EXPECT_EQ(one.get("a", 1), 1);
  EXPECT_EQ(tier.kept["a"], "n=1") << "and replaced";
  EXPECT_EQ(one.found_behind, std::vector<bool>{false});
}

TEST(Behind, WhatIsNotToBeKeptIsNotTakenEither) {
  FakeTier tier;
  Process one(tier);
  EXPECT_EQ(one.get("a", -1), -1);
  EXPECT_TRUE(tier.kept.empty());
  tier.kept["a"] = "n=-2";
  EXPECT_EQ(one.get("a", 3), 3);
}

TEST(Behind, AnErrorIsNotKept) {
  FakeTier tier;
  Process one(tier);
  EXPECT_TRUE(one.fails("a"));
  EXPECT_TRUE(tier.kept.empty());
}

TEST(Behind, WithoutATierThatAnswersValuesAreMade) {
  FakeTier tier;
  tier.kept["a"] = "n=7";
  tier.fail("unplugged");
  Process one(tier);
  EXPECT_EQ(one.get("a", 1), 1);
  EXPECT_EQ(one.get("a", 2), 1) << "memory works on";
}

TEST(Behind, ZeroSecondsAreNoTier) {
  FakeTier tier;
  Process one(tier, "", 0);
  EXPECT_EQ(one.get("a", 1), 1);
  EXPECT_EQ(tier.asked, 0);
  EXPECT_TRUE(tier.kept.empty());
}

}  // namespace
}  // namespace mla::cache
