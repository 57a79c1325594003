#include "learning/models/hybrid/hybrid.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/math/top_k.h"
#include "learning/models/hybrid/blend.h"
#include "learning/models/hybrid/parts.h"
#include "learning/models/hybrid/tests/listeners.h"

namespace mla::models {
namespace {

using testing::HasSubstr;

const std::map<std::string, ParameterValue> kSmall = {{"factors", 8.0}, {"ials.epochs", 5.0}};

std::unique_ptr<Recommender> fitted(const TrainingData& data, Bench& bench) {
  auto model = make_recommender("hybrid", kSmall).value();
  model->fit(data, bench.work).value();
  return model;
}

std::vector<HistoryEntry> history(const TrainingData& data, std::int32_t user) {
  std::vector<HistoryEntry> entries;
  const auto items = data.interactions.view().row_columns(user);
  const auto plays = data.interactions.view().row_values(user);
  for (std::size_t i = 0; i < items.size(); ++i) entries.push_back({items[i], plays[i]});
  return entries;
}

std::vector<float> scores_of(const Recommender& model, const Listener& listener) {
  std::vector<float> scores(static_cast<std::size_t>(model.items()));
  model.score(listener, scores);
  return scores;
}

TEST(HybridParameters, GoToThePartsThatDeclareThem) {
  const auto resolved = resolve_hybrid({{"factors", 32.0}, {"weights", std::string("log")}, {"ease.lambda", 5.0}});
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->number("ials.factors"), 32);
  EXPECT_EQ(resolved->number("ease.lambda"), 5);
  EXPECT_EQ(resolved->text("ials.weights"), "log");
  EXPECT_EQ(resolved->text("ease.weights"), "log");
  EXPECT_FALSE(resolved->all().contains("factors"));
}

TEST(HybridParameters, TheNameWithThePartWins) {
  const auto resolved = resolve_hybrid({{"ease.weights", std::string("binary")}, {"weights", std::string("log")}});
  EXPECT_EQ(resolved->text("ease.weights"), "binary");
  EXPECT_EQ(resolved->text("ials.weights"), "log");
}

TEST(HybridParameters, ThatNobodyDeclaresAreAnErrorWithTheNearestName) {
  const auto result = make_recommender("hybrid", {{"factros", 32.0}});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(result.error().message, HasSubstr("'factors'"));
  EXPECT_FALSE(make_recommender("hybrid", {{"ials.lambda_", 1.0}}).ok());
  EXPECT_THAT(make_recommender("hybrid", {{"factors", -1.0}}).error().message, HasSubstr("factors"));
}

TEST(HybridParameters, OfTheDeepPartAreTakenWithAWarning) {
  const std::map<std::string, ParameterValue> given = {
      {"batch_size", 64.0},     {"hidden_layers", std::string("[8,4]")},
      {"epochs", 9.0},          {"learning_rate", 0.1},
      {"embedding_dim", 128.0}, {"dropout_rate", 0.3}};
  EXPECT_TRUE(make_recommender("hybrid", given).ok());
  const auto warnings = hybrid_warnings(given);
  EXPECT_THAT(warnings, testing::Contains(HasSubstr("'batch_size'")));
  EXPECT_THAT(warnings, testing::Not(testing::Contains(HasSubstr("'epochs'"))));  // iALS has epochs
  EXPECT_EQ(warnings.size(), 5U);
  EXPECT_TRUE(hybrid_warnings({{"factors", 8.0}}).empty());
}

TEST(HybridParameters, ChooseTheParts) {
  const auto resolved = resolve_hybrid({{"parts", std::string("ials,ease")}, {"weights", std::string("log")}});
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->text("ials.weights"), "log");
  EXPECT_EQ(resolved->number("ials.weight"), -1);
  EXPECT_FALSE(resolved->all().contains("content.artist_weight"));
  EXPECT_THAT(resolve_hybrid({{"parts", std::string("ials")}, {"ease.lambda", 5.0}}).error().message,
              HasSubstr("'ease.lambda'"));
  for (const char* wrong : {"", "ials,", "ials,ials", "ials;ease", "hybrid", "ials, ease"}) {
    const auto refused = resolve_hybrid({{"parts", std::string(wrong)}});
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("give names, each once and with commas between, of popularity"));
  }
}

TEST(HybridParameters, WeightsAreGivenToAllPartsOrToNone) {
  const auto of = [](const std::map<std::string, ParameterValue>& weights) {
    std::map<std::string, ParameterValue> given = weights;
    given["parts"] = std::string("ials,ease");
    return resolve_hybrid(given);
  };
  const auto both = of({{"ials.weight", 1.0}, {"ease.weight", 0.0}});
  ASSERT_TRUE(both.ok());
  const Algorithm& ease = **find_algorithm("ease");
  EXPECT_EQ(given_weight(ease, *both), 0.0F);
  EXPECT_EQ(given_weight(ease, *of({})), std::nullopt);
  EXPECT_THAT(of({{"ials.weight", 1.0}}).error().message, HasSubstr("1 of 2 parts have a weight"));
  EXPECT_THAT(of({{"ials.weight", 0.0}, {"ease.weight", 0.0}}).error().message, HasSubstr("one above 0"));
}

TEST(Hybrid, WeighsPartsThatSawTheRestOfTheTrainingDataAlone) {
  // What the report says must follow from parts fitted without the held-out fifth: nothing else was looked at.
  Bench bench;
  const TrainingData data = four_tastes(1);
  const auto model = fitted(data, bench);
  const Holdout split = hold_out(data, 0.2, bench.work.seed);
  const Algorithm& hybrid = **find_algorithm("hybrid");
  const Parameters parameters = make_parameters(hybrid, kSmall).value();
  std::vector<std::unique_ptr<Recommender>> parts;
  std::vector<const Recommender*> views;
  for (const Algorithm* part : parts_named(parameters.text("parts"))) {
    parts.push_back(part->make(parameters_of(*part, parameters)));
    ASSERT_TRUE(parts.back()->fit(split.rest, bench.work).ok());
    views.push_back(parts.back().get());
  }
  const Blend blend = learn_blend(views, split, bench.work).value();
  const auto report = model->report();
  ASSERT_EQ(report.size(), parts.size() + 1);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    EXPECT_THAT(report[p],
                HasSubstr(fmt::format("ndcg@20 {:.4f}  weight {:.2f}", blend.part_ndcg[p], blend.weights[p])));
  }
}

TEST(Hybrid, KeepsItsWeightsWhenRefitted) {
  Bench bench;
  const auto model = fitted(four_tastes(1), bench);
  const auto before = model->report();
  ASSERT_TRUE(model->refit(four_tastes(8), bench.work).ok());
  EXPECT_EQ(model->report(), before);
}

TEST(Hybrid, ScoresAreTheWeightedSharesOfThePartsBest) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  const auto model = fitted(data, bench);
  const auto entries = history(data, 3);
  artifact::Writer writer;
  ASSERT_TRUE(model->save(writer).ok());
  std::vector<float> expected(80, 0.0F);
  for (const auto& described : writer.attributes().at("parts").as_array()) {
    const auto weight = described.at("weight").to_number<float>();
    const auto row = scores_of(*model->part(std::string_view(described.at("name").as_string())), {entries, 0});
    for (std::size_t i = 0; i < row.size(); ++i)
      expected[i] += weight * relative_score(row[i], best_unheard(row, entries));
  }
  EXPECT_THAT(scores_of(*model, {entries, 0}), testing::Pointwise(testing::FloatNear(1e-5F), expected));
  EXPECT_EQ(model->part("nobody"), nullptr);
}

TEST(Hybrid, ABatchScoresLikeOneByOne) {
  Bench bench;
  const TrainingData data = four_tastes(2);
  const auto model = fitted(data, bench);
  std::vector<std::vector<HistoryEntry>> histories = {history(data, 0), {}, history(data, 7)};
  std::vector<Listener> listeners;
  for (const auto& entries : histories) listeners.push_back({entries, 0});
  math::Matrix scores(3, 80);
  model->score_batch(listeners, scores.view(), bench.pool);
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const auto single = scores_of(*model, listeners[i]);
    const std::vector<float> row(scores.row(i).begin(), scores.row(i).end());
    EXPECT_THAT(row, testing::Pointwise(testing::FloatNear(1e-4F), single));
  }
}

TEST(Hybrid, ANewcomerGetsWhatIsPopular) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  const auto model = fitted(data, bench);
  auto popular = scores_of(*model->part("popularity"), {});
  auto newcomer = scores_of(*model, {});
  const float scale =
      *std::max_element(newcomer.begin(), newcomer.end()) / *std::max_element(popular.begin(), popular.end());
  ASSERT_GT(scale, 0);
  for (float& score : popular) score *= scale;
  EXPECT_THAT(newcomer, testing::Pointwise(testing::FloatNear(1e-5F), popular));
}

TEST(Hybrid, EvidenceRaisesTheScoreItExplains) {
  // Every fact of the ten best items of every listener is taken out of the history, and the listener scored again.
  Bench bench;
  const TrainingData data = four_tastes(1);
  const auto model = fitted(data, bench);
  int named = 0;
  int items_named = 0;
  int fell = 0;
  for (std::int32_t user = 0; user < 60; ++user) {
    const auto entries = history(data, user);
    auto scores = scores_of(*model, {entries, 0});
    for (const HistoryEntry& entry : entries) scores[static_cast<std::size_t>(entry.item)] = -1;
    std::vector<math::Scored> best;
    math::top_k(scores, {}, 10, best);
    std::vector<std::int32_t> items;
    for (const math::Scored& one : best) items.push_back(one.index);
    const auto answers = model->explain_batch({entries, 0}, items, 6);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto& facts = answers[i];
      for (std::size_t f = 1; f < facts.size(); ++f) EXPECT_GE(facts[f - 1].contribution, facts[f].contribution);
      items_named += facts.empty() ? 0 : 1;
      for (const Evidence& fact : facts) {
        if (fact.kind == Evidence::Kind::kPopular) continue;
        const std::int32_t source = fact.kind == Evidence::Kind::kSharedTag ? fact.via : fact.id;
        EXPECT_NE(source, items[i]) << "an item explained by itself";
        auto without = entries;
        std::erase_if(without, [&](const HistoryEntry& entry) { return entry.item == source; });
        ASSERT_EQ(without.size() + 1, entries.size());
        ++named;
        fell += scores_of(*model, {without, 0})[static_cast<std::size_t>(items[i])] < best[i].score ? 1 : 0;
      }
    }
  }
  EXPECT_GT(named, 1000);
  EXPECT_GT(items_named, 590);  // of 600
  EXPECT_GE(fell, named * 99 / 100);
}

TEST(Hybrid, MarksSpareScoringAgain) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  const auto model = fitted(data, bench);
  const auto entries = history(data, 4);
  std::vector<math::Scored> best;
  std::vector<math::Scored> same;
  const std::vector<std::int32_t> excluded{3, 40};
  const auto marks = model->best_marked({entries, 0}, excluded, 9, best);
  math::top_k(scores_of(*model, {entries, 0}), excluded, 9, same);
  EXPECT_EQ(best, same);
  ASSERT_FALSE(marks.empty());
  const std::vector<std::int32_t> items{1, 22, 43, 64};
  const auto with = model->explain_marked({entries, 0}, items, 6, marks);
  const auto without = model->explain_batch({entries, 0}, items, 6);
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASSERT_EQ(with[i].size(), without[i].size());
    for (std::size_t f = 0; f < with[i].size(); ++f) {
      EXPECT_EQ(with[i][f].id, without[i][f].id);
      EXPECT_EQ(with[i][f].contribution, without[i][f].contribution);
    }
  }
}

TEST(Hybrid, ComesBackFromDiskWithTheSameScores) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  const auto model = fitted(data, bench);
  const artifact::TemporaryFolder folder;
  artifact::Description description;
  description.id = "hybrid";
  description.model_type = "recommendation";
  artifact::Writer writer;
  ASSERT_TRUE(model->save(writer).ok());
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", description, writer).ok());
  auto loaded = make_recommender("hybrid", kSmall).value();
  const auto status = loaded->load(artifact::Reader::open(folder.path() / "m").value());
  ASSERT_TRUE(status.ok()) << status.error().message;
  const auto entries = history(data, 5);
  EXPECT_EQ(scores_of(*loaded, {entries, 0}), scores_of(*model, {entries, 0}));
  EXPECT_NE(loaded->part("content"), nullptr);
}

std::map<std::string, ParameterValue> two_parts_with_weights() {
  return {{"parts", std::string("ials,item_knn")}, {"factors", 8.0}, {"ials.weight", 1.0}, {"item_knn.weight", 0.5}};
}

TEST(Hybrid, TakesWeightsThatAreGivenAndHoldsNothingOut) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  auto model = make_recommender("hybrid", two_parts_with_weights()).value();
  ASSERT_TRUE(model->fit(data, bench.work).ok());
  EXPECT_THAT(model->report(), testing::Contains(HasSubstr("weight 0.50, as given")));
  const auto ials = make_recommender("ials", {{"factors", 8.0}}).value();
  const auto knn = make_recommender("item_knn", {}).value();
  ASSERT_TRUE(ials->fit(data, bench.work).ok() && knn->fit(data, bench.work).ok());
  const auto entries = history(data, 3);
  const auto first = scores_of(*ials, {entries, 0});
  const auto second = scores_of(*knn, {entries, 0});
  std::vector<float> expected;
  for (std::size_t i = 0; i < first.size(); ++i) {
    expected.push_back(relative_score(first[i], best_unheard(first, entries)) +
                       0.5F * relative_score(second[i], best_unheard(second, entries)));
  }
  EXPECT_THAT(scores_of(*model, {entries, 0}), testing::Pointwise(testing::FloatNear(1e-5F), expected));
  // popularity is no part of the blend, and still there for who has no history
  const auto newcomer = scores_of(*model, {});
  EXPECT_EQ(newcomer, scores_of(*model->part("popularity"), {}));
  EXPECT_FALSE(model->explain({entries, 0}, 0, 3).empty());
}

TEST(Hybrid, ComesBackWithThePartsItWasSavedWithWhateverItsParameters) {
  Bench bench;
  const TrainingData data = four_tastes(1);
  auto model = make_recommender("hybrid", two_parts_with_weights()).value();
  ASSERT_TRUE(model->fit(data, bench.work).ok());
  const artifact::TemporaryFolder folder;
  artifact::Description description;
  description.id = "hybrid";
  description.model_type = "recommendation";
  artifact::Writer writer;
  ASSERT_TRUE(model->save(writer).ok());
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", description, writer).ok());
  const auto entries = history(data, 5);
  for (const auto& given : {two_parts_with_weights(), std::map<std::string, ParameterValue>{}}) {
    auto loaded = make_recommender("hybrid", given).value();
    const auto status = loaded->load(artifact::Reader::open(folder.path() / "m").value());
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(scores_of(*loaded, {entries, 0}), scores_of(*model, {entries, 0}));
    EXPECT_EQ(loaded->part("content"), nullptr);
    EXPECT_NE(loaded->part("popularity"), nullptr);
  }
}

TEST(Hybrid, WhosePartsAllFailAnswersWithWhatIsPopular) {
  Bench bench;
  auto model = make_recommender("hybrid", {{"parts", std::string("ease")}, {"max_dense", 10.0}}).value();
  const TrainingData data = four_tastes(1);
  ASSERT_TRUE(model->fit(data, bench.work).ok());
  const auto entries = history(data, 3);
  EXPECT_EQ(scores_of(*model, {entries, 0}), scores_of(*model->part("popularity"), {entries, 0}));
}

TEST(Hybrid, RefusesAFileWithoutParts) {
  const artifact::TemporaryFolder folder;
  artifact::Description description;
  description.id = "hybrid";
  description.model_type = "recommendation";
  artifact::Writer writer;
  writer.set("parts", boost::json::array{{{"name", "popularity"}, {"weight", -1}, {"typical_best", 1}}});
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", description, writer).ok());
  const auto status = make_recommender("hybrid", {}).value()->load(artifact::Reader::open(folder.path() / "m").value());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, base::ErrorCode::kCorrupt);
}

TEST(Hybrid, FitsTinyAndEmptyData) {
  Bench bench;
  for (const std::int32_t items : {0, 1, 3}) {
    TrainingData data;
    std::vector<math::Triplet> plays;
    for (std::int32_t item = 0; item < items; ++item) plays.push_back({0, item, 1.0F});
    data.interactions = math::make_csr(1, items, plays);
    auto model = make_recommender("hybrid", kSmall).value();
    const auto status = model->fit(data, bench.work);
    ASSERT_TRUE(status.ok()) << items << ": " << status.error().message;
    EXPECT_EQ(scores_of(*model, {}).size(), static_cast<std::size_t>(items));
  }
}

TEST(Hybrid, LeavesOutAPartThatDoesNotFit) {
  Bench bench;
  auto model = make_recommender("hybrid", {{"factors", 8.0}, {"ease.max_dense", 10.0}}).value();
  ASSERT_TRUE(model->fit(four_tastes(1), bench.work).ok());
  EXPECT_THAT(model->report(), testing::Contains(HasSubstr("part ease left out")));
  EXPECT_EQ(model->part("ease"), nullptr);
  EXPECT_NE(model->part("ials"), nullptr);
}

}  // namespace
}  // namespace mla::models
