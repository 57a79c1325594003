// What people's files hold and nobody expects, line by line, for every algorithm: a clear error or a sensible answer.
// A budget that is too small: auto/tests/selection_test.cpp; rows that a file may not have: sources_test.cpp.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/file.h"
#include "learning/training/evaluation.h"
#include "learning/training/sources.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

// Raises a flag at the n-th sign of progress, whichever thread gives it.
class CancelsAt final : public base::Progress {
 public:
  CancelsAt(base::CancelFlag& flag, int sign) : flag_(flag), left_(sign) {}
  void begin(std::string_view, std::uint64_t) override { count(); }
  void advance(std::uint64_t) override { count(); }
  void note(std::string_view) override {}
  void end() override {}
  bool reached() const { return left_ <= 0; }

 private:
  void count() {
    if (--left_ == 0) flag_.cancel();
  }
  base::CancelFlag& flag_;
  std::atomic<int> left_;
};

class BadInput : public testing::TestWithParam<std::string> {
 protected:
  // Few dimensions and epochs: the data are small. Algorithms take of these what they declare.
  ParameterMap parameters() const {
    ParameterMap given;
    const ParameterMap small = {{"factors", 4.0}, {"epochs", 4.0}};
    for (const auto& [name, value] : small) {
      ParameterMap one = given;
      one[name] = value;
      if (models::make_recommender(GetParam(), one).ok()) given = std::move(one);
    }
    return given;
  }

  std::filesystem::path file(const std::string& name, const std::string& rows) const {
    std::ofstream(folder_.path() / name) << rows;
    return folder_.path() / name;
  }

  base::Result<Evaluation> evaluated(const std::string& train, const std::string& test, int at = 3) {
    MLA_ASSIGN(const Examination data, load_holdout(file("train.csv", train), file("test.csv", test), bench_.work));
    return evaluate(data.train.data, data.test.view(), GetParam(), parameters(), {.at = at}, bench_.work);
  }

  static void expect_sound(const base::Result<Evaluation>& evaluation) {
    ASSERT_TRUE(evaluation.ok()) << evaluation.error().message;
    for (const auto& [name, value] : evaluation->metrics) EXPECT_TRUE(std::isfinite(value)) << name;
    for (const char* share : {"recall", "ndcg", "recall_min", "map", "hit_rate", "coverage"}) {
      EXPECT_GE(evaluation->metric(share), 0) << share;
      EXPECT_LE(evaluation->metric(share), 1) << share;
    }
  }

  artifact::TemporaryFolder folder_;
  Bench bench_;
};

// Twelve listeners of two tastes over eight items; `column` comes behind each row.
std::string plays(const std::string& header = "user,item", const std::string& column = "") {
  std::string rows = header + "\n";
  for (int user = 0; user < 12; ++user) {
    for (int i = 0; i < 3; ++i) rows += fmt::format("u{:02},i{}{}\n", user, 4 * (user % 2) + (user + i) % 4, column);
  }
  return rows;
}

constexpr const char* kTest = "user,item\nu00,i3\nu01,i4\n";

TEST_P(BadInput, UsersAndItemsOnlyInTheTestAreCountedAndAnswered) {
  const auto evaluation = evaluated(plays(), "user,item\nu00,i3\nnewcomer,i0\nu01,never-heard\nnobody,never-heard\n");
  expect_sound(evaluation);
  EXPECT_EQ(evaluation->users, 4);
  EXPECT_EQ(evaluation->users_without_history, 2);
  EXPECT_EQ(evaluation->items, 9);
  EXPECT_EQ(evaluation->interactions, 36);
}

TEST_P(BadInput, DuplicatePairsAreOne) {
  const auto twice = evaluated(plays() + plays().substr(10), std::string(kTest) + "u00,i3\nu00,i3\n");
  expect_sound(twice);
  EXPECT_EQ(twice->interactions, 36);
  EXPECT_EQ(twice->users, 2);
  // Everybody's counts double: what counts shares of plays says the same.
  const auto once = evaluated(plays(), kTest);
  expect_sound(once);
  EXPECT_DOUBLE_EQ(twice->metric("novelty"), once->metric("novelty"));
}

TEST_P(BadInput, ACatalogueOfOneItem) {
  const auto evaluation = evaluated("user,item\nu,x\n", "user,item\nv,x\n");
  expect_sound(evaluation);
  EXPECT_EQ(evaluation->metric("recall"), 1);
}

TEST_P(BadInput, WeightsThatAreAllEqualMeanWhatNoWeightsMean) {
  const auto without = evaluated(plays(), kTest);
  const auto with = evaluated(plays("user,item,weight", ",7"), kTest);
  expect_sound(without);
  expect_sound(with);
  EXPECT_NEAR(with->metric("ndcg"), without->metric("ndcg"), 1e-9);
}

TEST_P(BadInput, AWeightOfABillionBesideOnes) {
  std::string rows = plays("user,item,weight", ",1");
  rows.replace(rows.find(",1\n"), 3, ",1000000000\n");
  rows += "u02,i7,1e-9\n";
  expect_sound(evaluated(rows, kTest));
}

TEST_P(BadInput, ListsLongerThanTheCatalogue) {
  const auto evaluation = evaluated(plays(), kTest, 1000);
  expect_sound(evaluation);
  EXPECT_EQ(evaluation->metric("recall"), 1);
}

TEST_P(BadInput, CancelledAtAnyPointItSaysSo) {
  const Examination data = load_holdout(file("train.csv", plays()), file("test.csv", kTest), bench_.work).value();
  int sign = 1;
  for (bool ended = false; !ended && sign < 500; ++sign) {
    Bench bench;
    CancelsAt progress(bench.cancel, sign);
    base::Work work{bench.pool, progress, bench.cancel};
    const auto evaluation = evaluate(data.train.data, data.test.view(), GetParam(), parameters(), {.at = 3}, work);
    ended = !progress.reached();
    if (ended) {
      EXPECT_TRUE(evaluation.ok());
    } else if (!evaluation.ok()) {  // else it was done before it could look
      EXPECT_EQ(evaluation.error().code, base::ErrorCode::kCancelled) << "at sign " << sign;
    }
  }
  EXPECT_GT(sign, 2);
  EXPECT_LT(sign, 500);
}

// Every tensor of floats or halves with one NaN in it.
TEST_P(BadInput, NotANumberInALoadedModelIsRefused) {
  models::TrainingData data = load_events(file("train.csv", plays()), bench_.work)->data;
  data.item_tags = math::make_csr(8, 2, std::vector<math::Triplet>{{0, 0, 1}, {1, 0, 2}, {5, 1, 1}, {6, 1, 1}});
  data.tag_names = {"calm", "loud"};
  const auto model = models::make_recommender(GetParam(), parameters()).value();
  ASSERT_TRUE(model->fit(data, bench_.work).ok());
  artifact::Writer writer;
  ASSERT_TRUE(model->save(writer).ok());
  const auto folder = folder_.path() / "model";
  ASSERT_TRUE(artifact::publish_to(folder, {"m", "recommendation", {}, {}, "", 0}, writer).ok());
  const auto weights = folder / "model.safetensors";
  const std::string good = base::read_file(weights, 1U << 30).value();
  for (const auto& [name, tensor] : writer.tensors()) {
    if (tensor.dtype != artifact::Dtype::kF32 || tensor.bytes.empty()) continue;
    const std::string_view bytes(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
    // The same values may lie in several tensors: all of them are spoilt.
    std::string bad = good;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t at = good.find(bytes); at != std::string::npos; at = good.find(bytes, at + 1)) {
      std::memcpy(bad.data() + at, &nan, sizeof nan);
    }
    std::ofstream(weights, std::ios::binary) << bad;
    const auto fresh = models::make_recommender(GetParam(), parameters()).value();
    const base::Status loaded = fresh->load(*artifact::Reader::open(folder));
    ASSERT_FALSE(loaded.ok()) << name;
    EXPECT_EQ(loaded.error().code, base::ErrorCode::kCorrupt) << name;
  }
  std::ofstream(weights, std::ios::binary) << good;
  EXPECT_TRUE(models::make_recommender(GetParam(), parameters()).value()->load(*artifact::Reader::open(folder)).ok());
}

std::vector<std::string> every_algorithm() {
  std::vector<std::string> names;
  for (const models::Algorithm& algorithm : models::algorithms()) names.push_back(algorithm.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryAlgorithm, BadInput, testing::ValuesIn(every_algorithm()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace mla::training
