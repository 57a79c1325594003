// Hand-worked values of each collaborative algorithm; what they have in common is in recommender_contract_test.cpp.
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/random.h"
#include "foundation/math/blas.h"
#include "learning/models/algorithms.h"
#include "learning/models/impl/row_solver.h"

namespace mla::models {
namespace {

using Given = std::map<std::string, ParameterValue>;

struct Setting {
  base::ThreadPool pool{2};
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

TrainingData data_of(std::int32_t users, std::int32_t items, const std::vector<math::Triplet>& plays) {
  TrainingData data;
  data.interactions = math::make_csr(users, items, plays);
  return data;
}

std::unique_ptr<Recommender> fitted(const char* name, const Given& given, const TrainingData& data) {
  Setting setting;
  auto model = make_recommender(name, given).value();
  model->fit(data, setting.work).value();
  return model;
}

// The scores for a listener who played `items` once each.
std::vector<float> scores_for(const Recommender& model, const std::vector<std::int32_t>& items) {
  std::vector<HistoryEntry> history;
  for (const std::int32_t item : items) history.push_back({item, 1});
  std::vector<float> scores(static_cast<std::size_t>(model.items()));
  model.score({history, 0}, scores);
  return scores;
}

// Users 0 {0, 1}, 1 {0, 1, 2}, 2 {2}.
TrainingData small() { return data_of(3, 3, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}, {1, 2, 1}, {2, 2, 1}}); }

TEST(Popularity, ListenersHalveWithEachHalfLife) {
  TrainingData data = data_of(4, 2, {{0, 0, 9}, {1, 0, 1}, {2, 0, 1}, {3, 0, 1}, {0, 1, 50}});
  const base::UnixMillis day = base::kMillisPerDay;
  // In the order of the entries: user 0 has items 0 and 1, then users 1, 2 and 3.
  data.times = {100 * day, 100 * day, 90 * day, 80 * day, 0};
  const auto decayed = fitted("popularity", {{"half_life_days", 10.0}}, data);
  EXPECT_FLOAT_EQ(scores_for(*decayed, {})[0], 1 + 0.5F + 0.25F + 1);  // the untimed listener counts whole
  EXPECT_FLOAT_EQ(scores_for(*decayed, {})[1], 1);
  EXPECT_FLOAT_EQ(scores_for(*fitted("popularity", {{"half_life_days", 0.0}}, data), {})[0], 4);
  data.times.clear();
  EXPECT_FLOAT_EQ(scores_for(*fitted("popularity", {{"half_life_days", 10.0}}, data), {})[0], 4);
}

TEST(Popularity, ExplainsByTheNumberOfListeners) {
  const auto model = fitted("popularity", {}, data_of(2, 2, {{0, 0, 1}, {1, 0, 1}}));
  const auto evidence = model->explain({}, 0, 5);
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0].kind, Evidence::Kind::kPopular);
  EXPECT_FLOAT_EQ(evidence[0].contribution, 2);
  EXPECT_TRUE(model->explain({}, 1, 5).empty());
}

const Given kPlainCosine = {{"shrink", 0.0}, {"user_exponent", 0.0}, {"target_exponent", 1.0}};

Given with(Given given, const char* name, ParameterValue value) {
  given[name] = std::move(value);
  return given;
}

TEST(ItemKnn, CosineByHand) {
  const auto model = fitted("item_knn", kPlainCosine, small());
  const std::vector<float> scores = scores_for(*model, {0});
  EXPECT_EQ(scores[0], 0);            // an item is not its own neighbour
  EXPECT_NEAR(scores[1], 1, 1e-6);    // the same two listeners
  EXPECT_NEAR(scores[2], 0.5, 1e-6);  // one of two and two
}

TEST(ItemKnn, ShrinkageUserAndTargetExponentsByHand) {
  const auto shrunk = fitted("item_knn", with(kPlainCosine, "shrink", 2.0), small());
  EXPECT_NEAR(scores_for(*shrunk, {0})[1], 2.0 / 4, 1e-6);
  EXPECT_NEAR(scores_for(*shrunk, {0})[2], 1.0 / 3 * 0.5, 1e-6);
  // Rows weigh 1/2, 1/3, 1: |a_0|² = 5/6, |a_2|² = 4/3, common 1/3.
  const auto weighted = fitted("item_knn", with(kPlainCosine, "user_exponent", 1.0), small());
  EXPECT_NEAR(scores_for(*weighted, {0})[2], (1.0 / 3) / std::sqrt(5.0 / 6 * 4 / 3), 1e-6);
  // |a_2| = √2 counts with exponent 0: 1 / √2.
  const auto favoured = fitted("item_knn", with(kPlainCosine, "target_exponent", 0.0), small());
  EXPECT_NEAR(scores_for(*favoured, {0})[2], 1 / std::sqrt(2.0), 1e-6);
}

TEST(ItemKnn, TfidfByHand) {
  // a = log((items + 1) / n_u): users weigh log 2, log 4/3, log 4.
  const auto model = fitted("item_knn", with(kPlainCosine, "similarity", std::string("tfidf")), small());
  const double a = std::log(2.0);
  const double b = std::log(4.0 / 3);
  const double c = std::log(4.0);
  EXPECT_NEAR(scores_for(*model, {0})[2], b * b / std::sqrt((a * a + b * b) * (b * b + c * c)), 1e-6);
}

TEST(ItemKnn, Bm25SaturatesPlays) {
  // Listener 1 played item 0 ten times as often as item 1. Cosine follows the plays, BM25 hardly does.
  const TrainingData data =
      data_of(3, 3, {{0, 0, 1}, {0, 2, 1}, {1, 0, 100}, {1, 1, 10}, {1, 2, 1}, {2, 1, 1}, {2, 2, 1}});
  const auto ratio = [&](const char* similarity) {
    const auto model = fitted("item_knn", with(kPlainCosine, "similarity", std::string(similarity)), data);
    return scores_for(*model, {0})[1] / scores_for(*model, {0})[2];
  };
  EXPECT_LT(ratio("bm25"), ratio("cosine"));
}

TEST(ItemKnn, KeepsTheNearestNeighboursOnly) {
  const auto model = fitted("item_knn", with(kPlainCosine, "neighbours", 1.0), small());
  EXPECT_NEAR(scores_for(*model, {0})[1], 1, 1e-6);
  // Items 0 and 1 are equally near to item 2: the lower index stays.
  EXPECT_NEAR(scores_for(*model, {0})[2], 0.5, 1e-6);
  EXPECT_EQ(scores_for(*model, {1})[2], 0);
}

TEST(ItemKnn, PlaysCountAgainstTheListenersMean) {
  const auto model = fitted("item_knn", kPlainCosine, small());
  const std::vector<HistoryEntry> history{{0, 30}, {1, 10}};  // mean 20: log2(2.5) and log2(1.5)
  std::vector<float> scores(3);
  model->score({history, 0}, scores);
  EXPECT_NEAR(scores[2], 0.5 * std::log2(2.5) + 0.5 * std::log2(1.5), 1e-6);
  const auto evidence = model->explain({history, 0}, 2, 1);
  ASSERT_EQ(evidence.size(), 1U);
  EXPECT_EQ(evidence[0].id, 0);
  EXPECT_NEAR(evidence[0].contribution, scores[2] - 0.5, 1e-6);  // item 1 alone would weigh 1
}

TEST(Ease, TwoByTwoByHand) {
  // XᵀX + I = [3 1; 1 2], inverse [2 -1; -1 3] / 5: B(0, 1) = 1/3, B(1, 0) = 1/2.
  const TrainingData data = data_of(2, 2, {{0, 0, 1}, {0, 1, 1}, {1, 0, 1}});
  const auto model = fitted("ease", {{"lambda", 1.0}, {"dropout", 0.0}}, data);
  EXPECT_NEAR(scores_for(*model, {0})[1], 1.0 / 3, 1e-6);
  EXPECT_NEAR(scores_for(*model, {1})[0], 1.0 / 2, 1e-6);
  EXPECT_EQ(scores_for(*model, {0})[0], 0);
  // Dropout 0.5 adds diag(2, 1): [5 1; 1 3], inverse [3 -1; -1 5] / 14: B(0, 1) = 1/5, B(1, 0) = 1/3.
  const auto dropped = fitted("ease", {{"lambda", 1.0}, {"dropout", 0.5}}, data);
  EXPECT_NEAR(scores_for(*dropped, {0})[1], 1.0 / 5, 1e-6);
  EXPECT_NEAR(scores_for(*dropped, {1})[0], 1.0 / 3, 1e-6);
}

TEST(Ease, TheDualFormEqualsTheDirectForm) {
  base::Random random(5);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < 20; ++u) {
    for (std::int32_t i = 0; i < 35; ++i) {
      if (random.uniform() < 0.3) plays.push_back({u, i, static_cast<float>(1 + random.below(9))});
    }
  }
  const Given given = {{"lambda", 3.0}, {"weights", std::string("log")}};
  const auto dual = fitted("ease", given, data_of(20, 35, plays));
  const auto direct = fitted("ease", given, data_of(35, 35, plays));  // users without plays change nothing but the form
  for (std::int32_t i = 0; i < 35; ++i) {
    const auto a = scores_for(*dual, {i});
    const auto b = scores_for(*direct, {i});
    for (std::size_t j = 0; j < a.size(); ++j) EXPECT_NEAR(a[j], b[j], 2e-5) << i << " to " << j;
  }
}

TEST(Ease, KeepsTheStrongestEntriesOfAColumnWithTheirSign) {
  const TrainingData data = small();
  const auto all = fitted("ease", {{"lambda", 1.0}}, data);
  const auto one = fitted("ease", {{"lambda", 1.0}, {"keep", 1.0}}, data);
  for (std::size_t target = 0; target < 3; ++target) {
    std::int32_t strongest = -1;
    float most = 0;
    for (std::int32_t i = 0; i < 3; ++i) {
      const float weight = scores_for(*all, {i})[target];
      if (std::abs(weight) > std::abs(most)) most = weight, strongest = i;
    }
    for (std::int32_t i = 0; i < 3; ++i) {
      EXPECT_EQ(scores_for(*one, {i})[target], i == strongest ? most : 0) << i << " to " << target;
    }
  }
}

TEST(Ease, TooLargeAMatrixIsRefusedWithWhatToDo) {
  Setting setting;
  auto model = make_recommender("ease", {{"max_dense", 2.0}}).value();
  const base::Status status = model->fit(small(), setting.work);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kUnsupported);
  EXPECT_THAT(status.error().message, testing::HasSubstr("raise max_dense or choose ials or item_knn"));
}

TEST(Ials, ALossOfOneDimensionGoesDownToItsMinimum) {
  // One user, one item, d = 1, λ_u = λ_i = λ (1 + α): the minimum of (1 - xy)² + α (xy)² + λ'(x² + y²) has
  // x² = y² = (1 - λ') / (1 + α), so the score is that.
  const double lambda = 0.1;
  const double alpha = 0.1;
  const auto model =
      fitted("ials", {{"factors", 1.0}, {"epochs", 200.0}, {"regularization", lambda}, {"unobserved_weight", alpha}},
             data_of(1, 1, {{0, 0, 1}}));
  EXPECT_NEAR(scores_for(*model, {0})[0], (1 - lambda * (1 + alpha)) / (1 + alpha), 1e-4);
}

TEST(Ials, AFoldInIsTheExactRowSolutionForTheItemVectors) {
  base::Random random(6);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < 30; ++u) {
    for (std::int32_t i = 0; i < 25; ++i) {
      if (random.uniform() < 0.3) plays.push_back({u, i, 1});
    }
  }
  const double lambda = 0.02;
  const double alpha = 0.05;
  const double beta = 0.5;
  const TrainingData data = data_of(30, 25, plays);
  const auto model = fitted(
      "ials", {{"factors", 6.0}, {"regularization", lambda}, {"unobserved_weight", alpha}, {"degree_exponent", beta}},
      data);
  // What a play of each item counts: by how many listeners it has, 1 in the mean of the plays.
  std::vector<double> listeners(25, 0);
  for (const math::Triplet& play : plays) ++listeners[static_cast<std::size_t>(play.col)];
  double sum = 0;
  for (const math::Triplet& play : plays) sum += std::pow(listeners[static_cast<std::size_t>(play.col)], -beta);
  Setting setting;
  const math::VectorsView view = model->item_vectors();
  const math::ConstMatrixView v{view.floats, view.rows, view.cols, view.stride};
  ASSERT_EQ(v.rows, 25U);
  ASSERT_EQ(v.cols, 6U);
  // The stored basis has a diagonal Gram matrix.
  const math::Matrix gram = math::gram(v, setting.pool);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NEAR(gram(i, j), 0, 1e-4);
  }
  for (const std::vector<std::int32_t>& history : {std::vector<std::int32_t>{3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}) {
    std::vector<float> diagonal(6);
    const double row_lambda = lambda * (static_cast<double>(history.size()) + alpha * 25);
    for (std::size_t k = 0; k < 6; ++k) diagonal[k] = static_cast<float>(alpha * gram(k, k) + row_lambda);
    impl::RowSolver solver(6);
    std::vector<float> x(6);
    std::vector<float> confidences;
    for (const std::int32_t item : history) {
      const double one = std::pow(listeners[static_cast<std::size_t>(item)], -beta);
      confidences.push_back(static_cast<float>(one * static_cast<double>(plays.size()) / sum));
    }
    ASSERT_TRUE(solver.solve_normal(v, history, confidences, diagonal, x));
    const std::vector<float> scores = scores_for(*model, history);
    for (std::size_t i = 0; i < 25; ++i) {
      float expected = 0;
      for (std::size_t k = 0; k < 6; ++k) expected += x[k] * v(i, k);
      EXPECT_NEAR(scores[i], expected, 1e-4);
    }
  }
}

// A whole fit from the same start, epoch by epoch, with blocks of less, exactly and more than all dimensions.
TEST(Ials, BlocksFindWhatExactRowsFind) {
  base::Random random(4);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < 40; ++u) {
    for (std::int32_t i = 0; i < 30; ++i) {
      if (random.uniform() < (u % 2 == i % 2 ? 0.6 : 0.05)) plays.push_back({u, i, 1});
    }
  }
  const TrainingData data = data_of(40, 30, plays);
  const Given given = {{"factors", 6.0}, {"epochs", 400.0}, {"regularization", 0.05}};
  const auto exact = fitted("ials", with(given, "gradient_steps", 0.0), data);
  for (const double block : {2.0, 4.0, 6.0, 100.0}) {
    const auto blocks = fitted("ials", with(given, "block", block), data);
    for (std::int32_t i = 0; i < 30; ++i) {
      EXPECT_THAT(scores_for(*blocks, {i}), testing::Pointwise(testing::FloatNear(5e-3F), scores_for(*exact, {i})))
          << block << ' ' << i;
    }
  }
}

// More items than are looked at, so that the codes have to choose; saved and loaded codes choose the same.
TEST(Ials, ASearchByCodesFindsTheSameItems) {
  base::Random random(8);
  std::vector<math::Triplet> plays;
  for (std::int32_t u = 0; u < 60; ++u) {
    for (int n = 0; n < 40; ++n) plays.push_back({u, static_cast<std::int32_t>(random.below(1200)), 1});
  }
  const TrainingData data = data_of(60, 1200, plays);
  const auto exact = fitted("ials", {{"factors", 16.0}}, data);
  const auto coded = fitted("ials", {{"factors", 16.0}, {"scan", std::string("int8")}}, data);
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  coded->save(writer).value();
  artifact::publish_to(folder.path() / "model", {"codes", "recommendation", {}, {}, "", 0}, writer).value();
  const auto loaded = make_recommender("ials", {}).value();
  loaded->load(artifact::Reader::open(folder.path() / "model").value()).value();
  for (std::int32_t item = 0; item < 1200; item += 100) {
    const std::vector<HistoryEntry> history{{item, 1, 0}, {item + 50, 1, 0}};
    const std::vector<std::int32_t> heard{item, item + 50};
    std::vector<math::Scored> expected;
    std::vector<math::Scored> found;
    exact->best({history, 0}, heard, 20, expected);
    coded->best({history, 0}, heard, 20, found);
    EXPECT_EQ(found, expected) << item;
    loaded->best({history, 0}, heard, 20, found);
    EXPECT_EQ(found, expected) << item;
  }
}

TEST(Ials, SeedsDiffer) {
  const TrainingData data = small();
  const auto scores_with = [&](std::uint64_t seed) {
    Setting setting;
    setting.work.seed = seed;
    auto model = make_recommender("ials", {{"factors", 2.0}, {"epochs", 1.0}}).value();
    model->fit(data, setting.work).value();
    return scores_for(*model, {0});
  };
  EXPECT_EQ(scores_with(1), scores_with(1));
  EXPECT_NE(scores_with(1), scores_with(2));
}

}  // namespace
}  // namespace mla::models
