#include "learning/models/hybrid/blend.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/models/hybrid/tests/listeners.h"

namespace mla::models {
namespace {

// Scores by a function of (history, item).
class Fake final : public Recommender {
 public:
  using Score = std::function<float(const Listener&, std::int32_t)>;
  Fake(std::int32_t items, Score score) : items_(items), score_(std::move(score)) {}
  std::string_view name() const override { return "fake"; }
  std::int32_t items() const override { return items_; }
  base::Status fit(const TrainingData&, base::Work&) override { return {}; }
  void score(const Listener& listener, std::span<float> scores) const override {
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = score_(listener, static_cast<std::int32_t>(i));
  }
  std::vector<Evidence> explain(const Listener&, std::int32_t, std::size_t) const override { return {}; }
  base::Status save(artifact::Writer&) const override { return {}; }
  base::Status load(const artifact::Reader&) override { return {}; }

 private:
  std::int32_t items_;
  Score score_;
};

float noise(const Listener& listener, std::int32_t item, std::uint64_t salt) {
  const auto first = listener.history.empty() ? 0 : listener.history[0].item;
  return static_cast<float>(
      base::Random::stream(salt + static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(item)).uniform());
}

// The taste that most of the history has.
std::int32_t taste_of(const Listener& listener) {
  std::array<int, 4> counts{};
  for (const HistoryEntry& entry : listener.history) ++counts[static_cast<std::size_t>(entry.item / 20)];
  return static_cast<std::int32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

TEST(BestUnheard, LeavesOutTheHistoryAndNegativeScores) {
  const std::vector<float> scores = {9, 1, 3, 8, 2};
  const std::vector<HistoryEntry> history = {{0, 1.0F}, {3, 1.0F}};
  EXPECT_EQ(best_unheard(scores, history), 3);
  EXPECT_EQ(best_unheard(scores, {}), 9);
  const std::vector<float> negative = {-2, -1};
  EXPECT_EQ(best_unheard(negative, {}), 0);
  const std::vector<HistoryEntry> last = {{4, 1.0F}};
  EXPECT_EQ(best_unheard(scores, last), 9);
}

TEST(RelativeScore, IsAShareOfTheBest) {
  EXPECT_FLOAT_EQ(relative_score(3, 6), 0.5F);
  EXPECT_EQ(relative_score(-3, 6), 0);
  EXPECT_EQ(relative_score(3, 0), 0);
}

TEST(LearnBlend, GivesWeightToWhatKnowsSomethingAndNoneToNoise) {
  Bench bench;
  const Holdout split = hold_out(four_tastes(1), 0.2, 7);
  const Fake taste(80, [](const Listener& l, std::int32_t item) {
    return item / 20 == taste_of(l) ? 1.0F + noise(l, item, 5) : noise(l, item, 5);
  });
  // Within a taste low items are played more.
  const Fake popular(80, [](const Listener&, std::int32_t item) { return static_cast<float>(1.0 / (1 + item % 20)); });
  const Fake random(80, [](const Listener& l, std::int32_t item) { return noise(l, item, 99); });
  const std::vector<const Recommender*> parts = {&taste, &random, &popular};
  const auto blend = learn_blend(parts, split, bench.work);
  ASSERT_TRUE(blend.ok());
  EXPECT_FALSE(blend->fell_back);
  EXPECT_GT(blend->gain, 2 * blend->gain_error);
  EXPECT_GT(blend->ndcg, *std::max_element(blend->part_ndcg.begin(), blend->part_ndcg.end()));
  EXPECT_GT(blend->weights[0], 0.2F);
  EXPECT_GT(blend->weights[2], 0.2F);
  EXPECT_LT(blend->weights[1], 0.1F);
  EXPECT_FLOAT_EQ(*std::max_element(blend->weights.begin(), blend->weights.end()), 1.0F);
}

TEST(LearnBlend, FallsBackToTheBestPartWhenTheOthersAddNothing) {
  Bench bench;
  const Holdout split = hold_out(four_tastes(2), 0.2, 7);
  // No two scores are equal: noise could break a tie by luck.
  const Fake good(80, [](const Listener& l, std::int32_t item) {
    return (item / 20 == taste_of(l) ? 1.0F : 0.1F) /
           (1.0F + static_cast<float>(item % 20) + 0.01F * static_cast<float>(item));
  });
  const Fake random(80, [](const Listener& l, std::int32_t item) { return noise(l, item, 3); });
  const std::vector<const Recommender*> parts = {&random, &good};
  const auto blend = learn_blend(parts, split, bench.work);
  ASSERT_TRUE(blend.ok());
  EXPECT_TRUE(blend->fell_back);
  EXPECT_THAT(blend->weights, testing::ElementsAre(0.0F, 1.0F));
}

TEST(LearnBlend, ScaleOfAPartDoesNotMatter) {
  Bench bench;
  const Holdout split = hold_out(four_tastes(3), 0.2, 7);
  const auto taste = [](const Listener& l, std::int32_t item) { return item / 20 == taste_of(l) ? 1.0F : 0.2F; };
  const Fake small(80, taste);
  const Fake large(80, [&](const Listener& l, std::int32_t item) { return 1024 * taste(l, item); });
  const Fake popular(80, [](const Listener&, std::int32_t item) { return static_cast<float>(1.0 / (1 + item % 20)); });
  const std::vector<const Recommender*> one = {&small, &popular};
  const std::vector<const Recommender*> other = {&large, &popular};
  const auto a = learn_blend(one, split, bench.work);
  const auto b = learn_blend(other, split, bench.work);
  EXPECT_EQ(a->weights, b->weights);
  EXPECT_NEAR(b->typical_bests[0], 1024 * a->typical_bests[0], 1e-2);
}

TEST(LearnBlend, OfSeveralSplitsSuitsAllOfThem) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  const Holdout first = hold_out(data, 0.2, 7);
  const Holdout second = hold_out(data, 0.2, 8);
  // Each knows one split by heart, and nothing of the other.
  const auto knows = [](const Holdout& split) {
    return Fake(80, [&split](const Listener& l, std::int32_t item) {
      for (std::int32_t user = 0; user < split.held.rows; ++user) {
        const auto rest = split.rest.interactions.view().row_columns(user);
        if (!std::ranges::equal(rest, l.history, {}, {}, &HistoryEntry::item)) continue;
        const auto held = split.held.view().row_columns(user);
        return std::ranges::binary_search(held, item) ? 1.0F : 0.1F * noise(l, item, 3);
      }
      return noise(l, item, 3);
    });
  };
  const Fake of_first = knows(first);
  const Fake of_second = knows(second);
  const std::vector<const Recommender*> parts = {&of_first, &of_second};
  const auto alone = learn_blend(parts, first, bench.work);
  EXPECT_GT(alone->weights[0], 2 * alone->weights[1]);
  const std::vector<BlendSplit> both = {{parts, &first}, {parts, &second}};
  const auto blend = learn_blend(both, bench.work);
  ASSERT_TRUE(blend.ok());
  EXPECT_FALSE(blend->fell_back);
  EXPECT_GT(blend->weights[1], 0.5F);
  EXPECT_GT(blend->weights[0], 0.5F);
  EXPECT_NEAR(blend->part_ndcg[0], blend->part_ndcg[1], 0.1);
  EXPECT_EQ(blend->users, alone->users);
}

TEST(LearnBlend, IsTheSameAtAnyThreadCount) {
  Bench one(1);
  Bench three(3);
  const Holdout split = hold_out(four_tastes(4), 0.2, 7);
  const Fake taste(80, [](const Listener& l, std::int32_t item) { return item / 20 == taste_of(l) ? 1.0F : 0.2F; });
  const Fake popular(80, [](const Listener&, std::int32_t item) { return static_cast<float>(1.0 / (1 + item % 20)); });
  const std::vector<const Recommender*> parts = {&taste, &popular};
  const auto a = learn_blend(parts, split, one.work);
  const auto b = learn_blend(parts, split, three.work);
  EXPECT_EQ(a->weights, b->weights);
  EXPECT_EQ(a->ndcg, b->ndcg);
}

TEST(LearnBlend, WithNothingHeldOutAllCountTheSame) {
  Bench bench;
  TrainingData data;
  data.interactions = math::make_csr(2, 3, std::vector<math::Triplet>{{0, 1, 1.0F}, {1, 2, 1.0F}});
  const Fake any(3, [](const Listener&, std::int32_t) { return 1.0F; });
  const std::vector<const Recommender*> parts = {&any, &any};
  const auto blend = learn_blend(parts, hold_out(data, 0.2, 1), bench.work);
  EXPECT_THAT(blend->weights, testing::ElementsAre(1.0F, 1.0F));
  EXPECT_EQ(blend->users, 0U);
}

TEST(LearnBlend, OfTooFewUsersNothingIsLearnt) {
  Bench bench;
  std::vector<math::Triplet> plays;
  for (std::int32_t user = 0; user < 9; ++user) {
    for (std::int32_t item = 0; item < 5; ++item) plays.push_back({user, item, 1.0F});
  }
  const auto split_of = [&](std::int32_t users) {
    TrainingData data;
    data.interactions = math::make_csr(users, 20, plays);
    return hold_out(data, 0.2, 1);
  };
  const Fake right(20, [](const Listener&, std::int32_t item) { return item < 5 ? 1.0F : 0.0F; });
  const Fake wrong(20, [](const Listener&, std::int32_t item) { return item < 5 ? 0.0F : 1.0F; });
  const std::vector<const Recommender*> parts = {&right, &wrong};
  const auto nine = learn_blend(parts, split_of(9), bench.work);
  EXPECT_EQ(nine->users, 9U);
  EXPECT_FALSE(nine->judged);
  EXPECT_THAT(nine->weights, testing::ElementsAre(1.0F, 1.0F)) << "no luck of a few decides";
  for (std::int32_t item = 0; item < 5; ++item) plays.push_back({9, item, 1.0F});
  const auto ten = learn_blend(parts, split_of(10), bench.work);
  EXPECT_TRUE(ten->judged);
  EXPECT_THAT(ten->weights, testing::ElementsAre(1.0F, 0.0F));
}

TEST(LearnBlend, PartsWithoutAnyScoreGiveFiniteWeights) {
  Bench bench;
  const Fake silent(80, [](const Listener&, std::int32_t) { return 0.0F; });
  const std::vector<const Recommender*> parts = {&silent, &silent};
  const auto blend = learn_blend(parts, hold_out(four_tastes(5), 0.2, 7), bench.work);
  ASSERT_TRUE(blend.ok());
  for (const float weight : blend->weights) EXPECT_TRUE(std::isfinite(weight));
  EXPECT_TRUE(blend->fell_back);
}

TEST(LearnBlend, StopsWhenCancelled) {
  Bench bench;
  bench.cancel.cancel();
  const Fake any(80, [](const Listener&, std::int32_t) { return 1.0F; });
  const std::vector<const Recommender*> parts = {&any};
  EXPECT_EQ(learn_blend(parts, hold_out(four_tastes(6), 0.2, 7), bench.work).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::models
