#include "learning/training/gate/compare_models.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

using catalog::EventType;
using testing::HasSubstr;

constexpr base::UnixMillis kStart = 1'700'000'000'000;

// Listeners of two tastes. Each day every listener hears one more of the ten items of their taste, none twice; from the
// ninth day on `new_item`, if it is named, comes in between.
Dataset days(int days, const std::string& new_item = "") {
  DatasetBuilder builder(true);
  for (int user = 0; user < 60; ++user) {
    const int taste = user % 2 * 10;
    for (int day = 0; day < days; ++day) {
      const std::string item = "i" + std::to_string(100 + taste + (user / 2 + day * 3) % 10);
      builder.add_event("u" + std::to_string(100 + user), item, EventType::kListen, 1,
                        kStart + day * base::kMillisPerDay);
      if (day >= 8 && !new_item.empty()) {
        builder.add_event("u" + std::to_string(100 + user), new_item, EventType::kListen, 1,
                          kStart + day * base::kMillisPerDay);
      }
    }
  }
  return builder.build();
}

class CompareTest : public testing::Test {
 protected:
  // Trained on `dataset`, published and loaded again.
  Bundle published(const Dataset& dataset, const char* algorithm, const ParameterMap& given = {}) {
    const TrainedModel trained = train(dataset, algorithm, given, bench_.work).value();
    artifact::Writer writer;
    save_bundle(trained, writer).value();
    artifact::Description description;
    description.id = algorithm;
    description.model_type = "recommendation";
    description.data_until = newest_time(dataset.data);
    const auto version = artifact::publish(folder_.path(), description, writer).value();
    return load_bundle(artifact::Reader::open(version.folder).value()).value();
  }
  Comparison compare(const Bundle& champion, const Bundle& challenger, const Dataset& dataset) {
    return compare_models(champion, challenger, dataset, {}, bench_.work).value();
  }

  Bench bench_;
  artifact::TemporaryFolder folder_;
};

TEST_F(CompareTest, WhatWasHeardSinceJudgesThemAsTheyArePublished) {
  const Bundle knn = published(days(7), "item_knn");
  const Bundle popularity = published(days(7), "popularity");
  const Comparison worse = compare(knn, popularity, days(9));
  EXPECT_TRUE(worse.as_published) << worse.how;
  EXPECT_THAT(worse.how, HasSubstr("60 listeners"));
  EXPECT_FALSE(worse.verdict.promote);
  EXPECT_LT(worse.verdict.contests[0].difference.high, 0);
  const Comparison better = compare(popularity, knn, days(9));
  EXPECT_TRUE(better.verdict.promote);
  EXPECT_DOUBLE_EQ(better.verdict.contests[0].champion, worse.verdict.contests[0].challenger);
}

TEST_F(CompareTest, ItemsThatAModelDoesNotKnowAreMisses) {
  const Bundle before = published(days(7), "item_knn");
  const Comparison known = compare(before, before, days(9));
  const Comparison unknown = compare(before, before, days(9, "a-new-item"));  // its id moves all indices
  EXPECT_TRUE(unknown.verdict.promote);
  const double two_of_three = (1 + 1 / std::log2(3.0)) / (1 + 1 / std::log2(3.0) + 1 / std::log2(4.0));
  EXPECT_GT(known.verdict.contests[0].champion, 0.69) << "three items of the taste are left, two of them are heard";
  EXPECT_NEAR(unknown.verdict.contests[0].champion, known.verdict.contests[0].champion * two_of_three, 1e-9);
}

TEST_F(CompareTest, WithoutNewEventsTheRecipesLearnAgain) {
  const Dataset dataset = days(9);
  const Bundle knn = published(dataset, "item_knn");
  const Bundle popularity = published(dataset, "popularity");
  const Comparison comparison = compare(knn, popularity, dataset);
  EXPECT_FALSE(comparison.as_published);
  EXPECT_THAT(comparison.how, HasSubstr("recipes"));
  EXPECT_FALSE(comparison.verdict.promote);
  EXPECT_LT(comparison.verdict.contests[0].difference.mean, 0);
}

TEST_F(CompareTest, OneRecipeTwiceIsSaidToTellNothing) {
  const Dataset dataset = days(9);
  const Comparison comparison = compare(published(days(8), "item_knn"), published(dataset, "item_knn"), dataset);
  EXPECT_FALSE(comparison.as_published);
  EXPECT_TRUE(comparison.verdict.promote);
  EXPECT_THAT(comparison.verdict.contests, testing::IsEmpty());
  EXPECT_THAT(comparison.verdict.reasons[0], HasSubstr("nothing tells them apart"));
  const Comparison other =
      compare(published(dataset, "item_knn", {{"neighbours", 3.0}}), published(dataset, "item_knn"), dataset);
  EXPECT_FALSE(other.verdict.contests.empty()) << "other parameters are another recipe";
}

TEST_F(CompareTest, NothingToHoldOutIsAnErrorThatNamesTheWayOut) {
  const Bundle knn = published(days(7), "item_knn");
  const Bundle popularity = published(days(7), "popularity");
  DatasetBuilder builder(true);
  for (int user = 0; user < 3; ++user) {
    builder.add_event("u" + std::to_string(user), "i100", EventType::kListen, 1, {});
  }
  const auto result = compare_models(knn, popularity, builder.build(), {}, bench_.work);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(result.error().message, HasSubstr("--force"));
}

TEST_F(CompareTest, ACancelledComparisonEnds) {
  const Dataset dataset = days(9);
  const Bundle knn = published(days(7), "item_knn");
  bench_.cancel.cancel();
  const auto result = compare_models(knn, knn, dataset, {}, bench_.work);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::training
