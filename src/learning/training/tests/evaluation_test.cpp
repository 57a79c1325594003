#include "learning/training/evaluation.h"

#include <algorithm>
#include <cmath>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "learning/training/evaluation_report.h"
#include "learning/training/parameters_json.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

// Popularity ranks items 0 (3 users), 1 (2), 2 and 3 (1 each), 4 (none).
models::TrainingData train() {
  models::TrainingData data;
  data.interactions = math::make_csr(
      4, 5,
      std::vector<math::Triplet>{
          {0, 0, 1.0F}, {0, 1, 1.0F}, {1, 0, 1.0F}, {1, 2, 1.0F}, {2, 0, 1.0F}, {2, 1, 1.0F}, {2, 3, 1.0F}});
  return data;
}

TEST(Evaluate, PopularityByHand) {
  Bench bench;
  // User 0 sees 2|3 (tied: the relevant 3 goes last), 4; user 1 sees 1, 3; user 3 has no history: 0, 1.
  const math::CsrMatrix test =
      math::make_csr(4, 5, std::vector<math::Triplet>{{0, 3, 1.0F}, {1, 1, 1.0F}, {1, 4, 1.0F}, {3, 1, 1.0F}});
  const auto result = evaluate(train(), test.view(), "popularity", {}, {.at = 2}, bench.work);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->users, 3);
  EXPECT_EQ(result->users_without_history, 1);
  EXPECT_EQ(result->items, 5);
  EXPECT_EQ(result->interactions, 7);
  const double second = 1 / std::log2(3.0);
  EXPECT_NEAR(result->metric("recall"), (1 + 0.5 + 1) / 3, 1e-12);
  EXPECT_NEAR(result->metric("recall_min"), (1 + 0.5 + 1) / 3, 1e-12);
  EXPECT_NEAR(result->metric("ndcg"), (second + 1 / (1 + second) + second) / 3, 1e-12);
  EXPECT_NEAR(result->metric("map"), (0.5 + 0.5 + 0.5) / 3, 1e-12);
  EXPECT_NEAR(result->metric("hit_rate"), 1, 1e-12);
  // Lists: {2, 3}, {1, 3}, {0, 1}: all but item 4.
  EXPECT_NEAR(result->metric("coverage"), 0.8, 1e-12);
  EXPECT_NEAR(result->metric("gini"), (-4.0 * 0 - 2 * 1 + 0 * 1 + 2 * 2 + 4 * 2) / (5 * 6), 1e-12);
  const double log3 = std::log2(3.0);
  EXPECT_NEAR(result->metric("novelty"), ((log3 + log3) / 2 + (log2(1.5) + log3) / 2 + (0 + log2(1.5)) / 2) / 3, 1e-12);
}

// A model whose search finds what it is told to, whatever its scores say.
class Finds final : public models::Recommender {
 public:
  explicit Finds(std::vector<math::Scored> list) : list_(std::move(list)) {}
  std::string_view name() const override { return "finds"; }
  std::int32_t items() const override { return 5; }
  base::Status fit(const models::TrainingData&, base::Work&) override { return {}; }
  void score(const models::Listener&, std::span<float> scores) const override { std::ranges::fill(scores, 0.0F); }
  void best(const models::Listener&, std::span<const std::int32_t>, std::size_t k,
            std::vector<math::Scored>& best) const override {
    best = list_;
    best.resize(std::min(best.size(), k));
  }
  std::vector<models::Evidence> explain(const models::Listener&, std::int32_t, std::size_t) const override {
    return {};
  }
  base::Status save(artifact::Writer&) const override { return {}; }
  base::Status load(const artifact::Reader&) override { return {}; }

 private:
  std::vector<math::Scored> list_;
};

TEST(Evaluate, AsServedJudgesWhatTheSearchFinds) {
  Bench bench;
  const math::CsrMatrix test = math::make_csr(4, 5, std::vector<math::Triplet>{{3, 2, 1.0F}, {3, 4, 1.0F}});
  const auto ndcg_of = [&](const std::vector<math::Scored>& list, bool as_served) {
    const Finds model(list);
    return evaluate_fitted(model, train(), test.view(), {.at = 2, .as_served = as_served}, bench.work)->metric("ndcg");
  };
  const double second = 1 / std::log2(3.0);
  EXPECT_EQ(ndcg_of({{2, 9}, {4, 8}, {0, 7}}, false), 0);  // all scores are equal
  EXPECT_NEAR(ndcg_of({{2, 9}, {4, 8}, {0, 7}}, true), 1, 1e-12);
  EXPECT_NEAR(ndcg_of({{0, 9}, {4, 8}, {2, 7}}, true), second / (1 + second), 1e-12);
  // Of two equal scores the hit comes last; where one as good was left out it does not count.
  EXPECT_NEAR(ndcg_of({{2, 9}, {0, 9}, {4, 7}}, true), second / (1 + second), 1e-12);
  EXPECT_NEAR(ndcg_of({{2, 9}, {4, 8}, {0, 8}}, true), 1 / (1 + second), 1e-12);
  EXPECT_NEAR(ndcg_of({{2, 9}}, true), 1 / (1 + second), 1e-12);
}

TEST(Evaluate, OfMoreUsersThanWantedTheSameOnesAreDrawn) {
  Bench bench;
  const math::CsrMatrix test =
      math::make_csr(4, 5, std::vector<math::Triplet>{{0, 2, 1}, {1, 1, 1}, {2, 4, 1}, {3, 2, 1}});
  const Finds model({{2, 9}, {4, 8}});  // right for all but user 1
  const auto judged = [&](std::size_t most) {
    const auto result =
        evaluate_fitted(model, train(), test.view(), {.at = 2, .as_served = true, .most_users = most}, bench.work);
    EXPECT_EQ(result->users, static_cast<std::int64_t>(result->per_user.find("ndcg")->second.size()));
    return result->per_user.find("ndcg")->second;
  };
  const std::vector<double> all = judged(0);
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(judged(4), all);
  EXPECT_EQ(judged(9), all);
  const std::vector<double> some = judged(3);
  EXPECT_EQ(some.size(), 3U);
  EXPECT_EQ(judged(3), some);
}

TEST(Evaluate, AModelThatKnowsNothingScoresNothing) {
  Bench bench;
  models::TrainingData data = train();  // no tags: content scores 0 for all
  const math::CsrMatrix test = math::make_csr(4, 5, std::vector<math::Triplet>{{0, 2, 1.0F}, {1, 1, 1.0F}});
  const auto result = evaluate(data, test.view(), "content", {}, {.at = 2}, bench.work);
  EXPECT_EQ(result->metric("recall"), 0);
}

TEST(Evaluate, KBeyondTheCatalogueFindsEverythingThatIsNotMasked) {
  Bench bench;
  const math::CsrMatrix test = math::make_csr(4, 5, std::vector<math::Triplet>{{0, 3, 1.0F}, {1, 0, 1.0F}});
  const auto result = evaluate(train(), test.view(), "popularity", {}, {.at = 100}, bench.work);
  ASSERT_TRUE(result.ok());
  EXPECT_NEAR(result->metric("recall"), 0.5, 1e-12);  // user 1's test item is in train too: never listed
}

TEST(Evaluate, OneItemCatalogue) {
  Bench bench;
  models::TrainingData data;
  data.interactions = math::make_csr(2, 1, std::vector<math::Triplet>{{0, 0, 1.0F}});
  const math::CsrMatrix test = math::make_csr(2, 1, std::vector<math::Triplet>{{1, 0, 1.0F}});
  const auto result = evaluate(data, test.view(), "popularity", {}, {}, bench.work);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->metric("ndcg"), 1);
  EXPECT_EQ(result->users_without_history, 1);
}

TEST(Evaluate, RefusesAnEmptyTestAndAnImpossibleK) {
  Bench bench;
  const math::CsrMatrix none = math::make_csr(4, 5, {});
  EXPECT_EQ(evaluate(train(), none.view(), "popularity", {}, {}, bench.work).error().code,
            base::ErrorCode::kInvalidArgument);
  const math::CsrMatrix test = math::make_csr(4, 5, std::vector<math::Triplet>{{0, 3, 1.0F}});
  const auto result = evaluate(train(), test.view(), "popularity", {}, {.at = 0}, bench.work);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, testing::HasSubstr("--at"));
  EXPECT_FALSE(evaluate(train(), test.view(), "popularty", {}, {}, bench.work).ok());
}

TEST(Evaluate, StopsWhenCancelled) {
  Bench bench;
  bench.cancel.cancel();
  const math::CsrMatrix test = math::make_csr(4, 5, std::vector<math::Triplet>{{0, 3, 1.0F}});
  EXPECT_EQ(evaluate(train(), test.view(), "popularity", {}, {}, bench.work).error().code, base::ErrorCode::kCancelled);
}

// 300 users with 10 of 60 items in train and up to 3 in test.
struct Random {
  models::TrainingData train;
  math::CsrMatrix test;
  Random() {
    base::Random random(4);
    std::vector<math::Triplet> in_train, in_test;
    for (std::int32_t user = 0; user < 300; ++user) {
      for (int i = 0; i < 10; ++i) {
        const auto item = static_cast<std::int32_t>(60 * random.uniform() * random.uniform());
        in_train.push_back({user, item, 1.0F});
      }
      for (int i = 0; i < 3; ++i) in_test.push_back({user, static_cast<std::int32_t>(random.below(60)), 1.0F});
    }
    train.interactions = math::make_csr(300, 60, in_train);
    test = math::make_csr(300, 60, in_test);
  }
};

TEST(Evaluate, TheHybridNeverSeesTestData) {
  // Two tests that have nothing in common: the same parts, weights and validation figures, and, for users of both, the
  // same lists (novelty is a function of the list alone).
  const Random data;
  Bench bench;
  base::Random random(77);
  std::vector<math::Triplet> other;
  for (std::int32_t user = 0; user < 300; ++user) {
    std::int32_t item = 0;
    const auto taken = data.test.view().row_columns(user);
    do item = static_cast<std::int32_t>(random.below(60));
    while (std::find(taken.begin(), taken.end(), item) != taken.end());
    other.push_back({user, item, 1.0F});
  }
  const math::CsrMatrix second = math::make_csr(300, 60, other);
  const ParameterMap small = {{"factors", 8.0}};
  const auto a = evaluate(data.train, data.test.view(), "hybrid", small, {.at = 5}, bench.work);
  const auto b = evaluate(data.train, second.view(), "hybrid", small, {.at = 5}, bench.work);
  ASSERT_TRUE(a.ok()) << a.error().message;
  ASSERT_GE(a->report.size(), 6U);
  EXPECT_EQ(a->report, b->report);
  EXPECT_EQ(a->per_user.at("novelty"), b->per_user.at("novelty"));
  EXPECT_NE(a->per_user.at("ndcg"), b->per_user.at("ndcg"));
}

TEST(Evaluate, IsTheSameAtAnyThreadCount) {
  const Random data;
  Bench one(1);
  Bench three(3);
  const auto a = evaluate(data.train, data.test.view(), "popularity", {}, {.at = 5, .intervals = true}, one.work);
  const auto b = evaluate(data.train, data.test.view(), "popularity", {}, {.at = 5, .intervals = true}, three.work);
  EXPECT_EQ(a->metrics, b->metrics);
  ASSERT_EQ(a->intervals.size(), 6U);
  for (std::size_t i = 0; i < a->intervals.size(); ++i) {
    const auto& [name, interval] = a->intervals[i];
    EXPECT_EQ(interval.low, b->intervals[i].second.low);
    EXPECT_NEAR(interval.mean, a->metric(name), 1e-12);
    EXPECT_LE(interval.low, interval.mean);
    EXPECT_GE(interval.high, interval.mean);
  }
}

TEST(PairedDifference, OfAModelWithItselfIsNothing) {
  const Random data;
  Bench bench;
  const auto a = evaluate(data.train, data.test.view(), "popularity", {}, {.at = 5}, bench.work);
  for (const auto& [name, d] : paired_difference(*a, *a, bench.work)) {
    EXPECT_EQ(d.low, 0) << name;
    EXPECT_EQ(d.high, 0) << name;
  }
}

TEST(PairedDifference, PutsTheBetterModelAboveTheOther) {
  const Random data;
  Bench bench;
  const auto popular = evaluate(data.train, data.test.view(), "popularity", {}, {.at = 5}, bench.work);
  const auto blind = evaluate(data.train, data.test.view(), "content", {}, {.at = 5}, bench.work);
  const auto differences = paired_difference(*popular, *blind, bench.work);
  EXPECT_EQ(differences[1].first, "ndcg");
  EXPECT_GT(differences[1].second.low, 0);
  EXPECT_NEAR(differences[1].second.mean, popular->metric("ndcg") - blind->metric("ndcg"), 1e-12);
}

TEST(Report, JsonHasTheContractsKeysInOrder) {
  const Random data;
  Bench bench;
  const auto e = evaluate(data.train, data.test.view(), "popularity", {{"half_life_days", 0.1}},
                          {.at = 20, .intervals = true}, bench.work);
  const std::string json = to_json(*e, Protocol::kHoldout);
  const boost::json::object object = boost::json::parse(json).as_object();
  std::vector<std::string> keys;
  for (const auto& member : object) keys.emplace_back(member.key());
  EXPECT_THAT(keys, testing::ElementsAre("algorithm", "params", "users", "users_without_history", "items",
                                         "interactions", "recall@20", "ndcg@20", "recall_min@20", "map@20",
                                         "hit_rate@20", "coverage@20", "gini@20", "novelty@20", "intervals",
                                         "fit_seconds", "score_seconds", "peak_rss_bytes", "threads"));
  EXPECT_THAT(json, testing::HasSubstr("\"half_life_days\":0.1"));
  EXPECT_DOUBLE_EQ(object.at("ndcg@20").as_double(), e->metric("ndcg"));
  EXPECT_EQ(object.at("intervals").at("recall@20").as_array().size(), 2U);
  EXPECT_GT(object.at("peak_rss_bytes").as_int64(), 1 << 20);
}

TEST(Report, LeaveOneOutHasItsTwoFigures) {
  const Random data;
  Bench bench;
  const auto e = evaluate(data.train, data.test.view(), "popularity", {}, {.at = 10}, bench.work);
  const boost::json::object object = boost::json::parse(to_json(*e, Protocol::kLeaveOneOut)).as_object();
  EXPECT_TRUE(object.contains("hr@10"));
  EXPECT_TRUE(object.contains("ndcg@10"));
  EXPECT_FALSE(object.contains("recall@10"));
}

TEST(Report, ComparesWithTheFirst) {
  const Random data;
  Bench bench;
  std::vector<Evaluation> both;
  both.push_back(evaluate(data.train, data.test.view(), "content", {}, {.at = 5}, bench.work).value());
  both.push_back(evaluate(data.train, data.test.view(), "popularity", {}, {.at = 5}, bench.work).value());
  const auto object = boost::json::parse(to_json(both, Protocol::kHoldout, bench.work)).as_object();
  ASSERT_EQ(object.at("evaluations").as_array().size(), 2U);
  const auto& difference = object.at("differences").as_array().at(0).as_object();
  EXPECT_EQ(difference.at("of").as_string(), "popularity");
  EXPECT_EQ(difference.at("minus").as_string(), "content");
  EXPECT_GT(difference.at("ndcg@5").at("low").as_double(), 0);
  EXPECT_THAT(to_table(both, Protocol::kHoldout, bench.work), testing::HasSubstr("popularity − content, ndcg@5"));
}

TEST(ParametersJson, ReadsNumbersFlagsTextsAndLists) {
  const auto read = parse_parameters(R"({"a": 3, "b": 0.5, "c": true, "d": "x", "e": [512, 256], "f": ["x", "y"]})");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(std::get<std::string>(read->at("f")), "x,y");
  EXPECT_EQ(read->at("a"), models::ParameterValue(3.0));
  EXPECT_EQ(read->at("b"), models::ParameterValue(0.5));
  EXPECT_EQ(read->at("c"), models::ParameterValue(true));
  EXPECT_EQ(read->at("d"), models::ParameterValue(std::string("x")));
  EXPECT_EQ(read->at("e"), models::ParameterValue(std::string("[512,256]")));
}

TEST(ParametersJson, RefusesWhatIsNoObjectOfValues) {
  for (const char* bad : {"", "{", "3", "[1]", R"({"a": null})", R"({"a": {}})"}) {
    EXPECT_EQ(parse_parameters(bad).error().code, base::ErrorCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace mla::training
