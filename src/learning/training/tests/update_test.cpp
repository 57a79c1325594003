#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/tests/temporary_folder.h"
#include "learning/training/model_bundle.h"
#include "learning/training/tests/bench.h"

namespace mla::training {
namespace {

using catalog::EventType;

// Two tastes; `items` of them in the catalogue, a listener plays six of ten neighbouring ones.
Dataset listening(int users, int items) {
  DatasetBuilder builder(false);
  for (int i = 0; i < items; ++i) {
    catalog::Item item;
    item.id = base::ItemId("i" + std::to_string(100 + i));
    item.tags = {{i % 20 < 10 ? "metal" : "jazz", 2}};
    builder.add_item(item);
  }
  for (int user = 0; user < users; ++user) {
    for (int k = 0; k < 6; ++k) {
      const int item = (user % 2) * 10 + (user + k * (1 + user % 3)) % 10 + (user % 5 == 4 ? items - 20 : 0);
      builder.add_event("u" + std::to_string(1000 + user), "i" + std::to_string(100 + item), EventType::kListen, 1 + k,
                        {});
    }
  }
  return builder.build();
}

class UpdateTest : public testing::Test {
 protected:
  // Trained on `dataset`, published and loaded again, as an update finds it.
  Bundle stored(const Dataset& dataset, const char* algorithm, const ParameterMap& given) {
    const TrainedModel trained = train(dataset, algorithm, given, bench_.work).value();
    artifact::Writer writer;
    save_bundle(trained, writer).value();
    artifact::Description description;
    description.id = algorithm;
    description.model_type = "recommendation";
    artifact::publish_to(folder_.path() / algorithm, description, writer).value();
    return load_bundle(artifact::Reader::open(folder_.path() / algorithm).value()).value();
  }

  static std::vector<float> scores(const models::Recommender& model, std::vector<models::HistoryEntry> history) {
    std::vector<float> scores(static_cast<std::size_t>(model.items()));
    model.score({history, 0}, scores);
    return scores;
  }

  Bench bench_;
  artifact::TemporaryFolder folder_;
};

TEST_F(UpdateTest, TakesInNewItemsAndListenersAndSaysHowMany) {
  Bundle bundle = stored(listening(40, 20), "ials", {{"factors", 8.0}});
  const double confidence = bundle.calibration.probability(2, 0.5F);
  const auto updated = update(listening(60, 30), bundle, bench_.work);
  ASSERT_TRUE(updated.ok()) << updated.error().message;
  EXPECT_EQ(updated->algorithm, "ials");
  EXPECT_EQ(updated->parameters.number("factors"), 8.0);
  EXPECT_EQ(updated->model->items(), 30);
  EXPECT_EQ(updated->dataset.user_ids.size(), 60U);
  EXPECT_EQ(updated->item_popularity.size(), 30U);
  EXPECT_THAT(updated->lines, testing::Contains(testing::HasSubstr("10 items are new")));
  EXPECT_EQ(updated->calibration.probability(2, 0.5F), confidence) << "confidence stays as it was";
}

// The taste of item 0 comes before the other one, for a model that was never fitted from the start on these data.
TEST_F(UpdateTest, TheUpdatedModelKnowsBothWhatWasAndWhatCame) {
  Bundle bundle = stored(listening(40, 20), "ials", {{"factors", 8.0}});
  const auto updated = update(listening(60, 30), bundle, bench_.work);
  ASSERT_TRUE(updated.ok()) << updated.error().message;
  const std::vector<float> of_metal = scores(*updated->model, {{0, 1.0F}, {2, 1.0F}});
  float metal = 0;
  float jazz = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    metal += of_metal[i];
    jazz += of_metal[10 + i];
  }
  EXPECT_GT(metal, 2 * jazz);
}

TEST_F(UpdateTest, WithoutAnythingNewAnItemModelStaysWhatItWas) {
  Bundle bundle = stored(listening(40, 20), "item_knn", {});
  const std::vector<models::HistoryEntry> history{{0, 2.0F}, {5, 1.0F}};
  const std::vector<float> before = scores(*bundle.model, history);
  const auto updated = update(listening(40, 20), bundle, bench_.work);
  ASSERT_TRUE(updated.ok()) << updated.error().message;
  EXPECT_EQ(scores(*updated->model, history), before);
  EXPECT_THAT(updated->lines, testing::Contains(testing::HasSubstr("0 items are new")));
}

TEST_F(UpdateTest, TheWeightsOfABlendStay) {
  Bundle bundle = stored(listening(40, 20), "hybrid", {{"factors", 4.0}});
  const auto updated = update(listening(60, 30), bundle, bench_.work);
  ASSERT_TRUE(updated.ok()) << updated.error().message;
  EXPECT_EQ(updated->algorithm, "hybrid");
  ASSERT_NE(updated->model->part("ials"), nullptr);
  EXPECT_EQ(updated->model->part("ials")->items(), 30);
}

TEST_F(UpdateTest, RefusesDataWithoutAListen) {
  Bundle bundle = stored(listening(40, 20), "popularity", {});
  const auto nothing = update(DatasetBuilder(true).build(), bundle, bench_.work);
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_NE(bundle.model, nullptr) << "nothing is lost";
}

TEST_F(UpdateTest, CanBeCancelled) {
  Bundle bundle = stored(listening(40, 20), "ials", {{"factors", 8.0}});
  bench_.cancel.cancel();
  EXPECT_EQ(update(listening(60, 30), bundle, bench_.work).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::training
