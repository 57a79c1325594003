// slim, sansa and bpr beyond what the contract test asks of every recommender.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "learning/models/algorithms.h"

namespace mla::models {
namespace {

TrainingData random_plays(std::int32_t users, std::int32_t items, double chance) {
  base::Random random(11);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < users; ++u) {
    for (std::int32_t i = 0; i < items; ++i) {
      if (random.uniform() < (u % 3 == i % 3 ? 3 : 1) * chance) plays.push_back({u, i, 1});
    }
  }
  TrainingData data;
  data.interactions = math::make_csr(users, items, plays);
  return data;
}

class LinearModels : public testing::Test {
 protected:
  std::vector<float> scores(const char* name, const std::map<std::string, ParameterValue>& given,
                            const TrainingData& data, const std::vector<HistoryEntry>& history) {
    model_ = make_recommender(name, given).value();
    model_->fit(data, work_).value();
    std::vector<float> scores(static_cast<std::size_t>(data.items()));
    model_->score({history, 0}, scores);
    return scores;
  }

  base::ThreadPool pool_{2};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
  std::unique_ptr<Recommender> model_;
};

TEST_F(LinearModels, SansaWithAllNeighboursIsEase) {
  const TrainingData data = random_plays(80, 30, 0.25);  // every two items have a listener in common
  const std::vector<HistoryEntry> history = {{2, 1}, {7, 1}, {19, 1}};
  const auto exact = scores("ease", {{"lambda", 10.0}, {"dropout", 0.0}}, data, history);
  const auto sparse = scores("sansa", {{"lambda", 10.0}, {"neighbours", 30.0}}, data, history);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(sparse[i], exact[i], 2e-4) << i;
}

TEST_F(LinearModels, SansaSaysWhenMemoryLeavesFewerNeighbours) {
  const TrainingData data = random_plays(80, 30, 0.15);
  scores("sansa", {{"neighbours", 10000.0}, {"memory_mb", 1.0}}, data, {});
  ASSERT_EQ(model_->report().size(), 1U);
  EXPECT_NE(model_->report()[0].find("instead of 10000"), std::string::npos);
}

// The elastic net's conditions at its minimum, for every weight of a column: x_i · r = l1 + l2 w_i where w_i > 0, and
// at most l1 where w_i = 0.
TEST_F(LinearModels, SlimMeetsTheConditionsOfItsMinimum) {
  const TrainingData data = random_plays(60, 12, 0.2);
  const double l1 = 0.5;
  const double l2 = 2;
  math::Matrix weights(12, 12);  // B(i, j)
  for (std::int32_t i = 0; i < 12; ++i) {
    const auto row = scores("slim", {{"l1", l1}, {"l2", l2}, {"sweeps", 1000.0}}, data, {{i, 1}});
    std::copy(row.begin(), row.end(), weights.row(static_cast<std::size_t>(i)).begin());
  }
  math::Matrix x(60, 12);
  const auto pairs = data.interactions.view();
  for (std::int32_t u = 0; u < 60; ++u) {
    for (const std::int32_t i : pairs.row_columns(u)) x(static_cast<std::size_t>(u), static_cast<std::size_t>(i)) = 1;
  }
  int zeros = 0;
  for (std::size_t j = 0; j < 12; ++j) {
    for (std::size_t i = 0; i < 12; ++i) {
      if (i == j) {
        EXPECT_EQ(weights(i, j), 0);
        continue;
      }
      double product = 0;
      for (std::size_t u = 0; u < 60; ++u) {
        double residual = x(u, j);
        for (std::size_t k = 0; k < 12; ++k) residual -= static_cast<double>(x(u, k)) * weights(k, j);
        product += x(u, i) * residual;
      }
      EXPECT_GE(weights(i, j), 0);
      if (weights(i, j) > 0) {
        EXPECT_NEAR(product, l1 + l2 * weights(i, j), 0.02);
      } else {
        ++zeros;
        EXPECT_LE(product, l1 + 0.02);
      }
    }
  }
  EXPECT_GT(zeros, 10) << "a sparse model";
}

TEST_F(LinearModels, BothLossesOfBprPutTheOwnGroupFirst) {
  const TrainingData data = random_plays(120, 30, 0.15);
  for (const char* loss : {"softmax", "bpr"}) {
    const auto row = scores(
        "bpr",
        {{"loss", std::string(loss)}, {"factors", 8.0}, {"epochs", 150.0}, {"negatives", 20.0}, {"learning_rate", 0.1}},
        data, {{0, 1}, {3, 1}, {6, 1}});
    double own = 0;
    double other = 0;
    for (std::size_t i = 7; i < row.size(); ++i) (i % 3 == 0 ? own : other) += row[i] / (i % 3 == 0 ? 8.0 : 15.0);
    EXPECT_GT(own, other + 0.1) << loss;
  }
}

TEST_F(LinearModels, BprGivesAListenerWithoutHistoryNothing) {
  const auto row = scores("bpr", {{"factors", 8.0}, {"epochs", 3.0}}, random_plays(40, 20, 0.2), {});
  EXPECT_TRUE(std::all_of(row.begin(), row.end(), [](float score) { return score == 0; }));
}

}  // namespace
}  // namespace mla::models
