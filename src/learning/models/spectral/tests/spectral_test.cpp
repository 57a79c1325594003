// The formulas of gf_cf, bspm and turbo_cf against dense matrices; what they have in common with all recommenders is in
// recommender_contract_test.cpp.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/math/decompose.h"
#include "learning/models/algorithms.h"
#include "learning/models/spectral/tests/graphs.h"

namespace mla::models {
namespace {

using Given = std::map<std::string, ParameterValue>;
using Dense = std::vector<std::vector<double>>;

// Play counts are left out unless `given` says otherwise.
std::unique_ptr<Recommender> fitted(const char* name, Given given, const TrainingData& data) {
  Setting setting;
  given.try_emplace("weights", std::string("binary"));
  auto model = make_recommender(name, given).value();
  model->fit(data, setting.work).value();
  return model;
}

std::vector<float> scores_for(const Recommender& model, const std::vector<std::int32_t>& items) {
  std::vector<HistoryEntry> history;
  for (const std::int32_t item : items) history.push_back({item, 1});
  std::vector<float> scores(static_cast<std::size_t>(model.items()));
  model.score({history, 0}, scores);
  return scores;
}

Dense product(const Dense& a, const Dense& b) {
  Dense c(a.size(), std::vector<double>(b[0].size(), 0.0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < b.size(); ++k) {
      for (std::size_t j = 0; j < b[0].size(); ++j) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

Dense sum(const Dense& a, const Dense& b, double times) {
  Dense c = a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a[i].size(); ++j) c[i][j] += times * b[i][j];
  }
  return c;
}

// The same model without any sparse or iterative part.
struct Reference {
  Dense p;                      // P
  std::vector<double> degrees;  // D_I

  Reference(const TrainingData& data, double alpha) {
    const auto items = static_cast<std::size_t>(data.items());
    degrees.assign(items, 0);
    Dense r(static_cast<std::size_t>(data.users()), std::vector<double>(items, 0.0));
    for (std::int32_t u = 0; u < data.users(); ++u) {
      for (const std::int32_t i : data.interactions.view().row_columns(u)) {
        r[static_cast<std::size_t>(u)][static_cast<std::size_t>(i)] = 1;
        degrees[static_cast<std::size_t>(i)] += 1;
      }
    }
    p.assign(items, std::vector<double>(items, 0.0));
    for (const std::vector<double>& row : r) {
      double n = 0;
      for (const double v : row) n += v;
      for (std::size_t i = 0; i < items; ++i) {
        for (std::size_t j = 0; j < items; ++j) {
          if (row[i] * row[j] > 0) p[i][j] += std::pow(n, -2 * alpha) * std::pow(degrees[i] * degrees[j], alpha - 1);
        }
      }
    }
  }

  // D^-½ V Vᵀ D^½ of the k leading eigenvectors.
  Dense low_pass(std::size_t k) const {
    math::Matrix a(p.size(), p.size());
    for (std::size_t i = 0; i < p.size(); ++i) {
      for (std::size_t j = 0; j < p.size(); ++j) a(i, j) = static_cast<float>(p[i][j]);
    }
    const math::Eigen eigen = math::symmetric_eigen(a).value();
    Dense result(p.size(), std::vector<double>(p.size(), 0.0));
    for (std::size_t c = p.size() - k; c < p.size(); ++c) {
      for (std::size_t i = 0; i < p.size(); ++i) {
        for (std::size_t j = 0; j < p.size(); ++j) {
          if (degrees[i] > 0)
            result[i][j] += eigen.vectors(i, c) * eigen.vectors(j, c) * std::sqrt(degrees[j] / degrees[i]);
        }
      }
    }
    return result;
  }
};

void expect_kernel(const Recommender& model, const Dense& kernel, double tolerance) {
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::vector<float> scores = scores_for(model, {static_cast<std::int32_t>(i)});
    for (std::size_t j = 0; j < kernel.size(); ++j) EXPECT_NEAR(scores[j], kernel[i][j], tolerance) << i << " to " << j;
  }
}

TEST(GfCf, ByHandOnAPathOfThreeItems) {
  // P = [1/2 a 0; a 2/3 a; 0 a 1/2] with a = 1/(2√3). Its leading eigenvector is √d / √5 = (1, √3, 1) / √5 with value
  // 1, so D^-½VVᵀD^½ has the rows (1, 3, 1) / 5.
  const auto model = fitted("gf_cf", {{"factors", 1.0}, {"alpha", 0.5}}, path());
  const double a = 1 / (2 * std::sqrt(3.0));
  const std::vector<float> first = scores_for(*model, {0});
  EXPECT_NEAR(first[0], 0.5 + 0.5 * 0.2, 1e-5);
  EXPECT_NEAR(first[1], a + 0.5 * 0.6, 1e-5);
  EXPECT_NEAR(first[2], 0 + 0.5 * 0.2, 1e-5);
  const std::vector<float> two = scores_for(*model, {0, 1});
  EXPECT_NEAR(two[2], a + 0.5 * 0.4, 1e-5);
}

TEST(GfCf, EqualsTheDenseFormula) {
  const TrainingData data = random_data(25, 14, 3);
  const Reference reference(data, 0.5);
  const auto model = fitted("gf_cf", {{"factors", 4.0}, {"alpha", 0.7}}, data);
  expect_kernel(*model, sum(reference.p, reference.low_pass(4), 0.7), 2e-5);
}

// With one singular vector the polynomial stays whole; with three a shorter one takes its place, whose error along any
// eigenvector is at most a thousandth of the filter's largest value, .65.
TEST(Bspm, EqualsTheDenseFormula) {
  for (const auto& [factors, tolerance] : {std::pair{1, 5e-5}, std::pair{3, 6.5e-4}}) {
    for (const auto& [users, items] : {std::pair{25, 14}, std::pair{9, 14}}) {
      const TrainingData data = random_data(users, items, 4);
      const Reference reference(data, 0.5);
      const double t = 2.5;
      const auto model =
          fitted("bspm", {{"factors", static_cast<double>(factors)}, {"beta", 0.4}, {"sharpening", t}}, data);
      Dense expected = sum(reference.p, reference.low_pass(factors), 0.4);
      Dense term = expected;
      double factor = 1;
      for (int o = 1; o <= 4; ++o) {
        term = product(term, reference.p);
        factor *= -t / o;
        expected = sum(expected, term, factor);
      }
      expect_kernel(*model, expected, tolerance);
    }
  }
}

TEST(Bspm, WithoutSharpeningItIsGfCf) {
  const TrainingData data = random_data(25, 14, 5);
  const auto bspm = fitted("bspm", {{"factors", 5.0}, {"beta", 0.3}, {"sharpening", 0.0}}, data);
  const auto gf_cf = fitted("gf_cf", {{"factors", 5.0}, {"alpha", 0.3}}, data);
  EXPECT_EQ(scores_for(*bspm, {1, 4}), scores_for(*gf_cf, {1, 4}));
}

TEST(Spectral, MoreFactorsThanTheRankAreLeftOut) {
  // Two users: rank 2, whatever is asked for.
  const TrainingData data = data_of(2, 5, {{0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 2, 1}});
  const auto two = fitted("gf_cf", {{"factors", 2.0}}, data);
  const auto many = fitted("gf_cf", {{"factors", 4000.0}}, data);
  EXPECT_EQ(many->item_vectors().rows, 5U);
  EXPECT_EQ(many->item_vectors().cols, 2U);
  const auto a = scores_for(*two, {0});
  const auto b = scores_for(*many, {0});
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5);
  EXPECT_EQ(b[3], 0);  // nobody has it
  const auto none = fitted("gf_cf", {{"factors", 0.0}}, data);
  EXPECT_EQ(none->item_vectors().cols, 0U);
  EXPECT_NEAR(scores_for(*none, {0})[1], 1 / (2 * std::sqrt(2.0)), 1e-6);
}

TEST(Spectral, UnlessToldOtherwiseASmallMatrixGivesAQuarterOfItsVectors) {
  const TrainingData data = random_data(60, 33, 5);
  EXPECT_EQ(fitted("gf_cf", {}, data)->item_vectors().cols, 8U);
  EXPECT_EQ(fitted("bspm", {}, data)->item_vectors().cols, 8U);
  EXPECT_EQ(fitted("bspm", {{"factors", 20.0}}, data)->item_vectors().cols, 20U);
  EXPECT_EQ(fitted("gf_cf", {}, data_of(2, 3, {{0, 0, 1}, {1, 0, 1}, {1, 2, 1}}))->item_vectors().cols, 1U);
}

TEST(Spectral, ItemsWithTheSameListenersPointTheSameWay) {
  // Items 0 and 1 have the same listeners, item 4 nobody in common with them.
  const TrainingData data =
      data_of(4, 5, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}, {1, 2, 1}, {2, 3, 1}, {2, 4, 1}, {3, 4, 1}});
  const auto model = fitted("bspm", {{"factors", 3.0}}, data);
  const math::Matrix v = model->item_vectors().gather(std::vector<std::int32_t>{0, 1, 2, 3, 4});
  const auto cosine = [&](std::size_t a, std::size_t b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t c = 0; c < v.cols(); ++c)
      ab += v(a, c) * v(b, c), aa += v(a, c) * v(a, c), bb += v(b, c) * v(b, c);
    return ab / std::sqrt(aa * bb);
  };
  EXPECT_NEAR(cosine(0, 1), 1, 1e-4);
  EXPECT_NEAR(cosine(0, 4), 0, 1e-4);
}

TEST(TurboCf, EqualsTheDenseFormulaOfEachFilter) {
  const TrainingData data = random_data(25, 14, 6);
  Dense p = Reference(data, 0.6).p;
  for (auto& row : p) {
    for (double& v : row) v = std::pow(v, 0.7);
  }
  const Dense square = product(p, p);
  const Dense cube = product(square, p);
  const auto filter = [&](double number) {
    return fitted("turbo_cf", {{"alpha", 0.6}, {"power", 0.7}, {"filter", number}}, data);
  };
  expect_kernel(*filter(1), p, 1e-5);
  expect_kernel(*filter(2), sum(sum(p, p, 1), square, -1), 1e-4);
  expect_kernel(*filter(3), sum(sum(sum(p, p, -0.29), square, 0.1), cube, -0.01), 1e-3);
}

TEST(TurboCf, ByHandOnAPathOfThreeItems) {
  // alpha 1/2, power 2: the entries of P above, squared.
  const auto model = fitted("turbo_cf", {{"alpha", 0.5}, {"power", 2.0}}, path());
  EXPECT_NEAR(scores_for(*model, {0})[0], 1.0 / 4, 1e-6);
  EXPECT_NEAR(scores_for(*model, {0})[1], 1.0 / 12, 1e-6);
  EXPECT_EQ(scores_for(*model, {0})[2], 0);
  EXPECT_NEAR(scores_for(*model, {0, 2})[1], 1.0 / 6, 1e-6);
}

TEST(TurboCf, SaysWhenTheGraphDidNotFit) {
  const TrainingData data = random_data(60, 500, 8);  // about 240,000 entries
  const auto model = fitted("turbo_cf", {{"memory_mb", 1.0}}, data);
  ASSERT_EQ(model->report().size(), 1U);
  EXPECT_THAT(model->report()[0], testing::HasSubstr("strongest of each item stay"));
  EXPECT_TRUE(fitted("turbo_cf", {}, data)->report().empty());
}

// One row alone and sixteen at once take different paths through the sparse product.
TEST(Spectral, BatchesOfAnySizeEqualSingleScores) {
  Setting setting;
  const TrainingData data = random_data(40, 30, 9);
  std::vector<std::vector<HistoryEntry>> histories;
  for (std::int32_t u = 0; u < 40; ++u) {
    auto& history = histories.emplace_back();
    const math::CsrView rows = data.interactions.view();
    for (std::size_t at = 0; at < rows.row_size(u); ++at) {
      history.push_back({rows.row_columns(u)[at], rows.row_values(u)[at]});
    }
  }
  for (const auto& [name, given] :
       std::vector<std::pair<const char*, Given>>{{"gf_cf", {{"weights", std::string("log")}}},
                                                  {"bspm", {}},
                                                  {"turbo_cf", {{"filter", 2.0}}},
                                                  {"turbo_cf", {{"filter", 3.0}, {"weights", std::string("log")}}}}) {
    const auto model = fitted(name, given, data);
    for (const std::size_t count : {1U, 3U, 16U, 17U, 40U}) {
      std::vector<Listener> listeners;
      for (std::size_t i = 0; i < count; ++i) listeners.push_back({histories[i], 0});
      math::Matrix batch(count, 30);
      model->score_batch(listeners, batch.view(), setting.pool);
      for (std::size_t i = 0; i < count; ++i) {
        std::vector<float> single(30);
        model->score(listeners[i], single);
        for (std::size_t j = 0; j < 30; ++j) EXPECT_NEAR(batch(i, j), single[j], 1e-4 * (1 + std::fabs(single[j])));
      }
    }
  }
}

// With plays for weights the degrees are sums of them: listener 0 has 1 and 3 plays, mean 2.
TEST(Spectral, PlayCountsWeighInTheGraphAndInTheHistory) {
  TrainingData data = path();
  data.interactions.values[0] = 1;
  data.interactions.values[1] = 3;
  const double light = std::log2(1.5);
  const double heavy = std::log2(2.5);
  const auto model = fitted("turbo_cf", {{"alpha", 0.5}, {"power", 1.0}, {"weights", std::string("log")}}, data);
  // P(0, 1) = light · heavy / (d_user · √(d_0 d_1)), listener 0 alone has both; others weigh 1.
  const double expected = light * heavy / ((light + heavy) * std::sqrt(light * (heavy + 2)));
  EXPECT_NEAR(scores_for(*model, {0})[1], expected, 1e-6);
  const std::vector<HistoryEntry> history{{0, 3}, {2, 1}};
  std::vector<float> scores(3);
  model->score({history, 0}, scores);
  EXPECT_NEAR(scores[1], heavy * scores_for(*model, {0})[1] + light * scores_for(*model, {2})[1], 1e-6);
}

TEST(Spectral, AnUntouchedListenerGetsZerosAndNoEvidence) {
  const TrainingData data = random_data(40, 30, 11);
  for (const char* name : {"gf_cf", "bspm", "turbo_cf"}) {
    const auto model = fitted(name, {}, data);
    EXPECT_THAT(scores_for(*model, {}), testing::Each(testing::Eq(0.0F))) << name;
    EXPECT_TRUE(model->explain({{}, 0}, 3, 5).empty());
  }
}

// The whole of a batch depends neither on the pool nor on where a block of listeners ends.
TEST(Spectral, ABatchHasTheSameBitsAtAnyThreadCount) {
  const TrainingData data = random_data(40, 30, 12);
  std::vector<std::vector<HistoryEntry>> histories;
  for (std::int32_t i = 0; i < 150; ++i) histories.push_back({{i % 30, 1.0F + static_cast<float>(i % 7)}});
  std::vector<Listener> listeners;
  for (const auto& history : histories) listeners.push_back({history, 0});
  for (const char* name : {"gf_cf", "bspm", "turbo_cf"}) {
    const auto model = fitted(name, {}, data);
    std::vector<math::Matrix> batches;
    for (const int threads : {1, 3}) {
      base::ThreadPool pool(threads);
      model->score_batch(listeners, batches.emplace_back(150, 30).view(), pool);
    }
    EXPECT_TRUE(std::equal(batches[0].values().begin(), batches[0].values().end(), batches[1].values().begin()))
        << name;
  }
}

TEST(Spectral, TheSeedMovesTheLowPassFilterALittle) {
  const TrainingData data = random_data(120, 90, 13);
  const auto scores_with = [&](std::uint64_t seed, double passes) {
    Setting setting;
    setting.work.seed = seed;
    auto model = make_recommender("gf_cf", {{"factors", 10.0}, {"alpha", 1.0}, {"passes", passes}}).value();
    model->fit(data, setting.work).value();
    EXPECT_EQ(model->report().size(), 1U);
    return scores_for(*model, {4, 8, 15});
  };
  const auto distance = [](const std::vector<float>& a, const std::vector<float>& b) {
    double square = 0;
    for (std::size_t i = 0; i < a.size(); ++i) square += (a[i] - b[i]) * static_cast<double>(a[i] - b[i]);
    return std::sqrt(square);
  };
  EXPECT_EQ(scores_with(1, 2), scores_with(1, 2));
  const double soft = distance(scores_with(1, 2), scores_with(2, 2));
  const double sharp = distance(scores_with(1, 200), scores_with(2, 200));
  EXPECT_GT(soft, 0);
  EXPECT_LT(sharp, 0.1 * soft);  // many passes find the same vectors from any start
}

TEST(Spectral, EvidenceOfManyItemsIsTheEvidenceOfEach) {
  const TrainingData data = random_data(40, 30, 10);
  std::vector<HistoryEntry> history{{2, 5}, {7, 1}, {11, 3}, {20, 1}};
  std::vector<std::int32_t> items(30);
  for (std::int32_t i = 0; i < 30; ++i) items[static_cast<std::size_t>(i)] = i;
  for (const char* name : {"gf_cf", "bspm", "turbo_cf"}) {
    const auto model = fitted(name, {}, data);
    const auto together = model->explain_batch({history, 0}, items, 2);
    ASSERT_EQ(together.size(), items.size());
    for (const std::int32_t item : items) {
      const auto alone = model->explain({history, 0}, item, 2);
      const auto& in_batch = together[static_cast<std::size_t>(item)];
      ASSERT_EQ(alone.size(), in_batch.size()) << name << " item " << item;
      for (std::size_t e = 0; e < alone.size(); ++e) {
        EXPECT_EQ(alone[e].id, in_batch[e].id);
        EXPECT_NEAR(alone[e].contribution, in_batch[e].contribution, 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace mla::models
