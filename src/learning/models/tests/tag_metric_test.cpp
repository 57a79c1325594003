#include "learning/models/impl/tag_metric.h"

#include <cmath>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::models::impl {
namespace {

struct Bench {
  explicit Bench(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

// 60 items. Tag 0 or 1 says which half of the listeners plays an item, tags 2 and 3 are dealt out at random and weigh
// more, tag 4 is on nothing. Rows have length 1.
TrainingData planted() {
  base::Random random(11);
  TrainingData data;
  std::vector<math::Triplet> tags;
  for (std::int32_t item = 0; item < 60; ++item) {
    tags.push_back({item, item % 2, 0.1F});
    tags.push_back({item, 2 + static_cast<std::int32_t>(random.below(2)), std::sqrt(0.99F)});
  }
  data.item_tags = math::make_csr(60, 5, tags);
  std::vector<math::Triplet> plays;
  for (std::int32_t user = 0; user < 80; ++user) {
    for (std::int32_t item = user % 2; item < 60; item += 2) {
      if (random.uniform() < 0.3) plays.push_back({user, item, static_cast<float>(1 + random.below(9))});
    }
  }
  data.interactions = math::make_csr(80, 60, plays);
  return data;
}

TEST(TagMetric, WeighsWhatIsHeardTogetherAboveWhatIsNot) {
  Bench bench;
  const TrainingData data = planted();
  const std::vector<float> weights = learn_tag_weights(data.item_tags.view(), data, bench.work).value();
  ASSERT_EQ(weights.size(), 5U);
  for (const std::size_t telling : {0U, 1U}) {
    for (const std::size_t idle : {2U, 3U}) EXPECT_GT(weights[telling], 2 * weights[idle]) << telling << ' ' << idle;
  }
  EXPECT_EQ(weights[4], 1) << "nothing is known of it";
  for (const float weight : weights) EXPECT_GT(weight, 0);
}

TEST(TagMetric, IsTheSameAtAnyThreadCountAndAnotherWithAnotherSeed) {
  const TrainingData data = planted();
  Bench one(1), three(3);
  const auto first = learn_tag_weights(data.item_tags.view(), data, one.work).value();
  EXPECT_EQ(first, learn_tag_weights(data.item_tags.view(), data, three.work).value());
  three.work.seed = 9;
  EXPECT_NE(first, learn_tag_weights(data.item_tags.view(), data, three.work).value());
}

TEST(TagMetric, WithoutPairsOrTagsAllCountTheSame) {
  Bench bench;
  TrainingData data = planted();
  std::vector<math::Triplet> single;
  for (std::int32_t user = 0; user < 5; ++user) single.push_back({user, user, 1});
  TrainingData lone = data;
  lone.interactions = math::make_csr(5, 60, single);
  EXPECT_EQ(learn_tag_weights(lone.item_tags.view(), lone, bench.work).value(), std::vector<float>(5, 1.0F));
  data.item_tags = math::make_csr(60, 0, {});
  EXPECT_TRUE(learn_tag_weights(data.item_tags.view(), data, bench.work).value().empty());
  // Everybody has everything: there is nothing to tell apart.
  std::vector<math::Triplet> all;
  for (std::int32_t item = 0; item < 60; ++item) all.push_back({0, item, 1});
  lone.interactions = math::make_csr(1, 60, all);
  EXPECT_EQ(learn_tag_weights(lone.item_tags.view(), lone, bench.work).value(), std::vector<float>(5, 1.0F));
}

TEST(TagMetric, HugeAndTinyPlaysGiveFiniteWeights) {
  Bench bench;
  TrainingData data = planted();
  for (std::size_t at = 0; at < data.interactions.values.size(); ++at) {
    data.interactions.values[at] = at % 2 == 0 ? 1e9F : 1e-9F;
  }
  const std::vector<float> weights = learn_tag_weights(data.item_tags.view(), data, bench.work).value();
  for (const float weight : weights) {
    EXPECT_TRUE(std::isfinite(weight));
    EXPECT_GT(weight, 0);
  }
}

TEST(TagMetric, CanBeCancelled) {
  Bench bench;
  bench.cancel.cancel();
  const TrainingData data = planted();
  EXPECT_EQ(learn_tag_weights(data.item_tags.view(), data, bench.work).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::models::impl
