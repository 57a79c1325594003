#include "learning/training/gate/promotion_gate.h"

#include <cmath>
#include <functional>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

using testing::HasSubstr;

constexpr std::int32_t kItems = 40;

// `users` listeners who each heard six items and are asked about item 0; the first `jazz` of them about item 1, which
// alone is tagged jazz.
models::Holdout asked(std::int32_t users, std::int32_t jazz = 0) {
  std::vector<math::Triplet> rest;
  std::vector<math::Triplet> held;
  for (std::int32_t user = 0; user < users; ++user) {
    for (std::int32_t item = 10; item < 16; ++item) rest.push_back({user, item, 1});
    held.push_back({user, user < jazz ? 1 : 0, 1});
  }
  models::Holdout recent;
  recent.rest.interactions = math::make_csr(users, kItems, rest);
  recent.rest.item_tags = math::make_csr(kItems, 1, std::vector<math::Triplet>{{1, 0, 1}});
  recent.rest.tag_names = {"jazz"};
  recent.held = math::make_csr(users, kItems, held);
  return recent;
}

// A list whose only hit, if `hit` says so, comes first.
RankedLists lists(const models::Holdout& recent, const std::function<bool(std::int32_t)>& hit) {
  RankedLists all;
  for (std::int32_t user = 0; user < recent.held.rows; ++user) {
    const std::int32_t item = recent.held.view().row_columns(user)[0];
    all.push_back({hit(user) ? item : 30, 31, 32});
  }
  return all;
}

Verdict judge(const models::Holdout& recent, const std::function<bool(std::int32_t)>& champion,
              const std::function<bool(std::int32_t)>& challenger) {
  Bench bench;
  return judge_promotion(lists(recent, champion), lists(recent, challenger), recent, {}, bench.work);
}

bool always(std::int32_t) { return true; }
bool every_second(std::int32_t user) { return user % 2 == 0; }

TEST(PromotionGate, TheSameListsPass) {
  const Verdict verdict = judge(asked(100), every_second, every_second);
  EXPECT_TRUE(verdict.promote);
  EXPECT_EQ(verdict.contests[0].name, "all listeners");
  EXPECT_EQ(verdict.contests[0].listeners, 100);
  EXPECT_DOUBLE_EQ(verdict.contests[0].champion, 0.5);
  EXPECT_EQ(verdict.contests[0].difference.mean, 0);
  EXPECT_EQ(verdict.contests[0].difference.low, 0);
}

TEST(PromotionGate, BetterPassesAndWorseDoesNot) {
  EXPECT_TRUE(judge(asked(100), every_second, always).promote);
  const Verdict worse = judge(asked(100), always, every_second);
  EXPECT_FALSE(worse.promote);
  EXPECT_THAT(worse.reasons.back(), HasSubstr("it may be worse"));
  EXPECT_THAT(worse.reasons.back(), HasSubstr("0.5000 against 1.0000"));
}

TEST(PromotionGate, ALossWithinTheMarginPasses) {
  // 2 of 1,000 lose their hit: .2 % of 2 % that may be lost, and surely less than that.
  EXPECT_TRUE(judge(asked(1000), always, [](std::int32_t user) { return user >= 2; }).promote);
  EXPECT_FALSE(judge(asked(1000), always, [](std::int32_t user) { return user >= 40; }).promote);
}

TEST(PromotionGate, WhatCannotBeToldIsRefused) {
  // On average nothing changes; with 40 listeners nobody can exclude a loss of 2 %.
  const Verdict verdict = judge(asked(40), every_second, [](std::int32_t user) { return user % 2 == 1; });
  EXPECT_EQ(verdict.contests[0].difference.mean, 0);
  EXPECT_FALSE(verdict.promote);
}

TEST(PromotionGate, TooFewListenersAreRefusedWithTheirNumber) {
  const Verdict verdict = judge(asked(7), every_second, always);
  EXPECT_FALSE(verdict.promote);
  EXPECT_THAT(verdict.reasons.front(), HasSubstr("only 7 listeners"));
}

TEST(PromotionGate, ASliceThatIsLostStopsWhatIsBetterOnTheWhole) {
  const models::Holdout recent = asked(300, 30);
  const Verdict verdict = judge(
      recent, [](std::int32_t user) { return user < 30 || user % 2 == 0; },
      [](std::int32_t user) { return user >= 30; });
  EXPECT_GT(verdict.contests[0].difference.low, 0) << "better on the whole";
  EXPECT_TRUE(verdict.contests[0].passed);
  EXPECT_FALSE(verdict.promote);
  EXPECT_THAT(verdict.reasons.front(), HasSubstr("tag jazz (30)"));
  EXPECT_THAT(to_table(verdict), HasSubstr("not promoted"));
}

TEST(PromotionGate, ASmallOrUncertainSliceStopsNothing) {
  const Verdict small = judge(asked(300, 5), always, [](std::int32_t user) { return user >= 5; });
  EXPECT_EQ(small.contests.back().name, "tag jazz");
  EXPECT_FALSE(small.contests.back().judged);
  EXPECT_TRUE(small.contests.back().passed);
  // Of 30 jazz listeners 15 had a hit; 4 lose theirs, 2 gain one: worse by more than a tenth, and that may be chance.
  const Verdict uncertain = judge(
      asked(3000, 30), [](std::int32_t user) { return user < 15 || user >= 30; },
      [](std::int32_t user) { return (user >= 4 && user < 17) || user >= 30; });
  EXPECT_LT(uncertain.contests.back().difference.mean, -uncertain.contests.back().allowed);
  EXPECT_TRUE(uncertain.contests.back().judged);
  EXPECT_TRUE(uncertain.promote);
}

TEST(PromotionGate, InASliceOnlyItsOwnItemsCount) {
  models::Holdout recent = asked(30);
  std::vector<math::Triplet> held;
  for (std::int32_t user = 0; user < 30; ++user) {
    held.push_back({user, 0, 1});
    held.push_back({user, 1, 1});
  }
  recent.held = math::make_csr(30, kItems, held);
  Bench bench;
  const RankedLists second(30, {0, 1});  // jazz comes second
  const Verdict verdict = judge_promotion(second, second, recent, {}, bench.work);
  EXPECT_DOUBLE_EQ(verdict.contests[0].champion, 1);
  const Contest& jazz = verdict.contests.back();
  ASSERT_EQ(jazz.name, "tag jazz");
  EXPECT_NEAR(jazz.champion, 1 / std::log2(3.0), 1e-12);
}

TEST(PromotionGate, SaysItInJsonToo) {
  const auto object = to_object(judge(asked(100), always, every_second));
  EXPECT_FALSE(object.at("promote").as_bool());
  EXPECT_EQ(object.at("metric").as_string(), "ndcg@20");
  const auto& all = object.at("contests").as_array().front().as_object();
  EXPECT_EQ(all.at("name").as_string(), "all listeners");
  EXPECT_DOUBLE_EQ(all.at("difference").as_double(), -0.5);
  EXPECT_DOUBLE_EQ(all.at("allowed").as_double(), 0.02);
  EXPECT_FALSE(object.at("reasons").as_array().empty());
}

}  // namespace
}  // namespace mla::training
