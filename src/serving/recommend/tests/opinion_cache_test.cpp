#include "serving/recommend/opinion_cache.h"

#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "serving/recommend/tests/fixture.h"

namespace mla::recommend {
namespace {

OpinionCache::Key number(std::uint64_t n) { return {n, n}; }

std::shared_ptr<const Opinion> opinion(float score) {
  return std::make_shared<const Opinion>(Opinion{{{0, score}}, {}});
}

TEST(OpinionCache, TheKeyIsAllThatScoringDependsOn) {
  const FixedModel model({1, 2});
  const FixedModel other({1, 2});
  Profile profile;
  profile.history = {{0, 2.0F, 5}};
  profile.blocked = {1};
  std::set<OpinionCache::Key> keys{OpinionCache::key(model, profile, 100, 10)};
  EXPECT_TRUE(keys.count(OpinionCache::key(model, profile, 100, 10)));
  EXPECT_TRUE(keys.insert(OpinionCache::key(other, profile, 100, 10)).second);
  EXPECT_TRUE(keys.insert(OpinionCache::key(model, profile, 101, 10)).second);
  EXPECT_TRUE(keys.insert(OpinionCache::key(model, profile, 100, 11)).second);
  for (const auto& change : std::vector<std::function<void(Profile&)>>{
           [](Profile& p) { p.history[0].weight = 3; }, [](Profile& p) { p.history[0].time = 6; },
           [](Profile& p) { p.history[0].item = 1; }, [](Profile& p) { p.history.clear(); },
           [](Profile& p) { p.blocked.clear(); }, [](Profile& p) { p.blocked = {2}; }}) {
    Profile changed = profile;
    change(changed);
    EXPECT_TRUE(keys.insert(OpinionCache::key(model, changed, 100, 10)).second);
  }
}

TEST(OpinionCache, ThreadsShareIt) {
  OpinionCache cache(64);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&cache, t] {
      for (std::uint64_t n = 0; n < 2000; ++n) {
        const std::uint64_t id = (n * 7 + t) % 100;
        const auto found = cache.find(number(id));
        if (found != nullptr) {
          ASSERT_EQ(found->best[0].score, static_cast<float>(id));
        } else {
          cache.put(number(id), opinion(static_cast<float>(id)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.size(), 64u);
}

}  // namespace
}  // namespace mla::recommend
