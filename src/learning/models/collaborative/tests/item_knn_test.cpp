// item_knn against its formula worked out densely; values by hand are in collaborative_test.cpp.
#include "learning/models/collaborative/item_knn.h"

#include <cmath>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::models {
namespace {

TrainingData random_listening(std::int32_t users, std::int32_t items, std::uint64_t seed) {
  base::Random random(seed);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < users; ++u) {
    for (std::int32_t i = 0; i < items; ++i) {
      if (random.uniform() * (1 + i) < 3) plays.push_back({u, i, 1});
    }
  }
  TrainingData data;
  data.interactions = math::make_csr(users, items, plays);
  return data;
}

std::unique_ptr<Recommender> fitted(const std::map<std::string, ParameterValue>& given, const TrainingData& data,
                                    int threads) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag never;
  base::Work work{pool, progress, never};
  auto model = make_recommender("item_knn", given).value();
  model->fit(data, work).value();
  return model;
}

std::vector<float> scores_of(const Recommender& model, std::int32_t item) {
  const std::vector<HistoryEntry> history{{item, 1}};
  std::vector<float> scores(static_cast<std::size_t>(model.items()));
  model.score({history, 0}, scores);
  return scores;
}

TEST(ItemKnnFormula, HoldsForEveryPairWhereAllNeighboursAreKept) {
  const TrainingData data = random_listening(60, 40, 1);
  math::Matrix a(60, 40);
  std::vector<double> length(60, 0.0);
  const math::CsrView rows = data.interactions.view();
  for (std::int32_t u = 0; u < 60; ++u) {
    length[static_cast<std::size_t>(u)] = static_cast<double>(rows.row_size(u));
    for (const std::int32_t i : rows.row_columns(u)) a(static_cast<std::size_t>(u), static_cast<std::size_t>(i)) = 1;
  }
  constexpr double kShrink = 3;
  constexpr double kUser = 0.5;
  constexpr double kTarget = 0.7;
  const auto model = fitted(
      {{"shrink", kShrink}, {"user_exponent", kUser}, {"target_exponent", kTarget}, {"neighbours", 100.0}}, data, 2);
  const auto product = [&](std::size_t i, std::size_t j, double exponent) {
    double sum = 0;
    for (std::size_t u = 0; u < 60; ++u) {
      if (a(u, i) > 0 && a(u, j) > 0) sum += std::pow(length[u], -exponent);
    }
    return sum;
  };
  for (std::size_t i = 0; i < 40; ++i) {
    const std::vector<float> scores = scores_of(*model, static_cast<std::int32_t>(i));
    for (std::size_t j = 0; j < 40; ++j) {
      const double common = product(i, j, 0);
      double expected = 0;
      if (i != j && common > 0) {
        expected = common / (common + kShrink) * product(i, j, kUser) / std::sqrt(product(i, i, kUser)) /
                   std::pow(product(j, j, kUser), kTarget / 2);
      }
      EXPECT_NEAR(scores[j], expected, 1e-5) << i << ' ' << j;
    }
  }
}

TEST(ItemKnnFormula, KeepsTheNearestOfEachTarget) {
  const TrainingData data = random_listening(300, 200, 2);
  const auto all = fitted({{"neighbours", 1000.0}}, data, 1);
  const auto some = fitted({{"neighbours", 7.0}}, data, 1);
  std::vector<std::vector<float>> before;
  std::vector<std::vector<float>> after;
  for (std::int32_t i = 0; i < 200; ++i) {
    before.push_back(scores_of(*all, i));
    after.push_back(scores_of(*some, i));
  }
  for (std::size_t target = 0; target < 200; ++target) {
    float least_kept = 1e9F;
    float most_lost = 0;
    int kept = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      if (after[i][target] > 0) {
        EXPECT_EQ(after[i][target], before[i][target]);
        least_kept = std::min(least_kept, after[i][target]);
        ++kept;
      } else {
        most_lost = std::max(most_lost, before[i][target]);
      }
    }
    EXPECT_LE(kept, 7);
    EXPECT_LE(most_lost, least_kept) << target;
  }
}

TEST(ItemKnnFormula, HasTheSameBitsAtAnyThreadCount) {
  const TrainingData data = random_listening(300, 200, 3);
  const auto one = fitted({{"neighbours", 20.0}}, data, 1);
  const auto three = fitted({{"neighbours", 20.0}}, data, 3);
  for (std::int32_t i = 0; i < 200; ++i) EXPECT_EQ(scores_of(*one, i), scores_of(*three, i));
}

}  // namespace
}  // namespace mla::models
