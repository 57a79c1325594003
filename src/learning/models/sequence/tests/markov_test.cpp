#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/models/sequence/tests/sequences.h"

namespace mla::models {
namespace {

using sequences::data_in_order;
using sequences::data_of;
using sequences::history_in_order;
using sequences::scores_of;
using testing::Each;
using testing::ElementsAre;
using testing::FloatNear;

using Given = std::map<std::string, ParameterValue>;

std::unique_ptr<Recommender> markov(const TrainingData& data, const Given& given = {}) {
  return sequences::fitted("markov", data, given);
}

const Given kPlain{
    {"distance_exponent", 1.0}, {"recency_exponent", 1.0}, {"source_exponent", 0.0}, {"target_exponent", 0.0}};

auto near(std::initializer_list<float> values) {
  std::vector<testing::Matcher<float>> matchers;
  for (const float value : values) matchers.push_back(FloatNear(value, 1e-6F));
  return testing::ElementsAreArray(matchers);
}

TEST(Markov, StepsCountByTheirLengthByHand) {
  const auto model = markov(data_in_order(3, {{0, 1, 2}, {1, 0}}), kPlain);
  EXPECT_THAT(scores_of(*model, history_in_order({0})), near({0, 1, 0.5F}));
  EXPECT_THAT(scores_of(*model, history_in_order({1})), near({1, 0, 1}));
  EXPECT_THAT(scores_of(*model, history_in_order({2})), near({0, 0, 0}));
}

TEST(Markov, TheNewestItemCountsMost) {
  const auto model = markov(data_in_order(3, {{0, 1, 2}, {1, 0}}), kPlain);
  EXPECT_THAT(scores_of(*model, history_in_order({0, 1})), near({1, 0.5F, 1.25F}));  // 0 is one place older
  EXPECT_THAT(scores_of(*model, history_in_order({1, 0})), near({0.5F, 1, 1}));
}

TEST(Markov, PopularSourcesAndTargetsAreHeldBack) {
  Given given = kPlain;
  given["source_exponent"] = 0.5;
  given["target_exponent"] = 1.0;
  const auto model = markov(data_in_order(3, {{0, 1, 2}, {1, 0}}), given);
  // Two listeners have 0 and 1, one has 2.
  EXPECT_THAT(scores_of(*model, history_in_order({0})), near({0, 1 / std::sqrt(2.0F) / 2, 0.5F / std::sqrt(2.0F)}));
}

TEST(Markov, AStepLongerThanTheWindowIsNone) {
  Given given = kPlain;
  given["window"] = 1.0;
  const auto model = markov(data_in_order(3, {{0, 1, 2}}), given);
  EXPECT_THAT(scores_of(*model, history_in_order({0})), near({0, 1, 0}));
}

TEST(Markov, ItemsOfOneTimeCountHalfBothWays) {
  // 0 and 1 together, then 2: its place is 2, theirs 0.
  const TrainingData data = data_of(3, {{{0, 10}, {1, 10}, {2, 20}}});
  EXPECT_THAT(scores_of(*markov(data, kPlain), {{0, 1, 5}}), near({0, 0.5F, 0.5F}));
  EXPECT_THAT(scores_of(*markov(data, kPlain), {{1, 1, 5}}), near({0.5F, 0, 0.5F}));
  Given narrow = kPlain;
  narrow["window"] = 1.0;  // two at one time are more than a window
  EXPECT_THAT(scores_of(*markov(data, narrow), {{0, 1, 5}}), near({0, 0, 0}));
}

TEST(Markov, UnknownTimesTeachNothingAndAreOldest) {
  const auto model = markov(data_of(3, {{{0, 10}, {1, 0}, {2, 20}}}), kPlain);
  EXPECT_THAT(scores_of(*model, {{0, 1, 0}}), near({0, 0, 1}));
  EXPECT_THAT(scores_of(*model, {{0, 1, 0}, {1, 1, 99}}), near({0, 0, 0.5F}));
  TrainingData untimed = data_in_order(3, {{0, 1, 2}});
  untimed.times.clear();
  EXPECT_THAT(scores_of(*markov(untimed, kPlain), {{0, 1, 0}}), Each(0.0F));
}

TEST(Markov, OnlyTheStrongestSourcesAreKept) {
  Given given = kPlain;
  given["neighbours"] = 1.0;
  const auto model = markov(data_in_order(3, {{0, 1, 2}}), given);
  EXPECT_THAT(scores_of(*model, history_in_order({0})), near({0, 1, 0}));
  EXPECT_THAT(scores_of(*model, history_in_order({1})), near({0, 0, 1}));
}

TEST(Markov, FindsTheNextItemOfARing) {
  const auto model = markov(data_in_order(40, sequences::ring_walks(300)));
  int right = 0;
  for (std::int32_t at = 0; at < 40; ++at) {
    const auto scores = scores_of(*model, history_in_order({(at + 38) % 40, (at + 39) % 40, at}));
    right += std::max_element(scores.begin(), scores.end()) - scores.begin() == (at + 1) % 40 ? 1 : 0;
  }
  EXPECT_GE(right, 38);
}

// The file of an ordered data set often numbers its items by first appearance: what a model knows must not come from
// there.
TEST(Markov, ScoresDoNotDependOnTheNumbersOfItems) {
  const auto walks = sequences::ring_walks(60);
  std::vector<std::int32_t> renamed(40);
  for (std::int32_t i = 0; i < 40; ++i) renamed[static_cast<std::size_t>(i)] = (i * 17 + 5) % 40;
  auto other = walks;
  for (auto& walk : other) {
    for (std::int32_t& item : walk) item = renamed[static_cast<std::size_t>(item)];
  }
  const auto a = markov(data_in_order(40, walks));
  const auto b = markov(data_in_order(40, other));
  for (std::size_t u = 0; u < 10; ++u) {
    const auto from_a = scores_of(*a, history_in_order(walks[u]));
    const auto from_b = scores_of(*b, history_in_order(other[u]));
    for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(from_a[i], from_b[static_cast<std::size_t>(renamed[i])], 1e-5);
  }
}

}  // namespace
}  // namespace mla::models
