#include "learning/training/model_bundle.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

using catalog::EventType;

// 40 listeners in two tastes, 20 tagged items.
Dataset two_tastes() {
  DatasetBuilder builder(false);
  for (int i = 0; i < 20; ++i) {
    catalog::Item item;
    item.id = base::ItemId("i" + std::to_string(i));
    item.artist = "artist " + std::to_string(i / 2);
    item.tags = {{i < 10 ? "metal" : "jazz", 3}, {"tag " + std::to_string(i % 5), 1}};
    builder.add_item(item);
  }
  for (int user = 0; user < 40; ++user) {
    for (int k = 0; k < 6; ++k) {
      const int item = (user % 2) * 10 + (user + k * (1 + user % 3)) % 10;
      builder.add_event("u" + std::to_string(user), "i" + std::to_string(item), EventType::kListen, 1 + k, {});
    }
  }
  return builder.build();
}

artifact::Description described() {
  artifact::Description description;
  description.id = "m";
  description.model_type = "recommendation";
  return description;
}

TEST(Train, ReportsWhatItFoundAndKeepsTheData) {
  Bench bench;
  const auto trained = train(two_tastes(), "content", {{"artist_weight", 0.5}}, bench.work);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  EXPECT_EQ(trained->algorithm, "content");
  EXPECT_EQ(trained->parameters.number("artist_weight"), 0.5);
  EXPECT_EQ(trained->dataset.item_ids.size(), 20U);
  EXPECT_EQ(trained->model->items(), 20);
  EXPECT_GT(trained->metrics.at("ndcg@20").as_double(), 0);
  EXPECT_THAT(trained->lines, testing::Contains(testing::HasSubstr("ndcg@20")));
  const double first = trained->calibration.probability(0, 3.0F);
  EXPECT_GT(first, 0);
  EXPECT_GE(first, trained->calibration.probability(10, 1.0F));
}

TEST(Train, FitsTheLastModelOnAllTheData) {
  Bench bench;
  const Dataset dataset = two_tastes();
  const auto trained = train(dataset, "popularity", {}, bench.work);
  std::vector<float> scores(20);
  trained->model->score({}, scores);
  float listeners = 0;
  for (const float score : scores) listeners += score;
  EXPECT_EQ(listeners, static_cast<float>(dataset.data.interactions.columns.size()));
}

TEST(Train, RefusesEmptyDataAndUnknownNames) {
  Bench bench;
  EXPECT_EQ(train(DatasetBuilder(true).build(), "popularity", {}, bench.work).error().code,
            base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(train(two_tastes(), "popularty", {}, bench.work).error().message, testing::HasSubstr("popularity"));
  EXPECT_EQ(train(two_tastes(), "two_tower", {}, bench.work).error().code, base::ErrorCode::kUnsupported);
  EXPECT_THAT(train(two_tastes(), "content", {{"artist_wight", 1.0}}, bench.work).error().message,
              testing::HasSubstr("artist_weight"));
}

TEST(Train, ASingleListenerWithOneItemStillGivesAModel) {
  Bench bench;
  DatasetBuilder builder(true);
  builder.add_event("u", "i", EventType::kListen, 1, {});
  const auto trained = train(builder.build(), "popularity", {}, bench.work);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
  EXPECT_EQ(trained->calibration.probability(0, 1.0F), 0);
  EXPECT_THAT(trained->lines, testing::Contains(testing::HasSubstr("confidence is unknown")));
}

TEST(Bundle, ComesBackFromDiskAsItWas) {
  Bench bench;
  const TrainedModel trained = train(two_tastes(), "content", {{"artist_weight", 0.5}}, bench.work).value();
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  ASSERT_TRUE(save_bundle(trained, writer).ok());
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", described(), writer).ok());

  const auto loaded = load_bundle(artifact::Reader::open(folder.path() / "m").value());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->algorithm, "content");
  ASSERT_EQ(loaded->items(), 20);
  for (std::int32_t i = 0; i < 20; ++i) {
    EXPECT_EQ(loaded->item_ids[i], trained.dataset.item_ids[i]);
    EXPECT_EQ(loaded->find_item(trained.dataset.item_ids[i]), i);
  }
  EXPECT_EQ(loaded->find_item("i"), std::nullopt);
  EXPECT_EQ(loaded->find_item("zzz"), std::nullopt);
  EXPECT_EQ(loaded->find_item(""), std::nullopt);
  EXPECT_EQ(loaded->tag_names.size(), 7U);
  EXPECT_EQ(loaded->item_tags.size(), 40U);
  EXPECT_EQ(loaded->item_artists.size(), 20U);
  for (std::int32_t i = 0; i < 20; ++i) {
    const auto& columns = trained.dataset.data.interactions.columns;
    const auto listeners = static_cast<float>(std::count(columns.begin(), columns.end(), i));
    EXPECT_FLOAT_EQ(loaded->item_popularity[i], listeners / 40);
  }
  EXPECT_EQ(loaded->calibration.probability(3, 1.5F), trained.calibration.probability(3, 1.5F));

  std::vector<float> before(20), after(20);
  const std::vector<models::HistoryEntry> history = {{0, 2.0F}, {5, 1.0F}};
  trained.model->score({history, 0}, before);
  loaded->model->score({history, 0}, after);
  EXPECT_EQ(before, after);
}

TEST(Bundle, OfAHybridComesBackWithItsParts) {
  Bench bench;
  const ParameterMap given = {{"factors", 4.0}, {"dropout_rate", 0.3}};
  const TrainedModel trained = train(two_tastes(), "hybrid", given, bench.work).value();
  EXPECT_THAT(trained.lines, testing::Contains(testing::HasSubstr("'dropout_rate'")));
  EXPECT_THAT(trained.lines, testing::Contains(testing::HasSubstr("part ials")));
  const artifact::TemporaryFolder folder;
  artifact::Writer writer;
  ASSERT_TRUE(save_bundle(trained, writer).ok());
  ASSERT_TRUE(artifact::publish_to(folder.path() / "m", described(), writer).ok());
  const auto loaded = load_bundle(artifact::Reader::open(folder.path() / "m").value());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  std::vector<float> before(20), after(20);
  const std::vector<models::HistoryEntry> history = {{0, 2.0F}, {5, 1.0F}};
  trained.model->score({history, 0}, before);
  loaded->model->score({history, 0}, after);
  EXPECT_EQ(before, after);
  ASSERT_NE(loaded->model->part("ials"), nullptr);
  EXPECT_EQ(loaded->model->part("ials")->items(), 20);
}

TEST(Bundle, RefusesPartsThatDoNotFit) {
  Bench bench;
  TrainedModel trained = train(two_tastes(), "content", {}, bench.work).value();
  const artifact::TemporaryFolder folder;
  const auto reload = [&](const char* name) {
    artifact::Writer writer;
    EXPECT_TRUE(save_bundle(trained, writer).ok());
    EXPECT_TRUE(artifact::publish_to(folder.path() / name, described(), writer).ok());
    return load_bundle(artifact::Reader::open(folder.path() / name).value());
  };
  trained.item_popularity.pop_back();
  EXPECT_EQ(reload("short").error().code, base::ErrorCode::kCorrupt);
  trained.item_popularity.push_back(0);
  std::swap(trained.dataset.item_ids[3], trained.dataset.item_ids[4]);
  const auto unsorted = reload("unsorted");
  ASSERT_FALSE(unsorted.ok());
  EXPECT_THAT(unsorted.error().message, testing::HasSubstr("do not ascend"));
}

}  // namespace
}  // namespace mla::training
